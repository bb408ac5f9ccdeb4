"""What someone probably meant who wrote a line that YAML does not take, or takes for something else.

Each module proposes changes of a few lines; none is believed before the file was read with it (`bot.flows.yaml.parse`).
"""
