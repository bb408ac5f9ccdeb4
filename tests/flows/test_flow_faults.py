"""Every fault that `flows check` knows, at its place."""

from pathlib import Path

from bot.app.action_specs import SPECS
from bot.flows.checks.check import Source, check
from bot.flows.faults import KINDS, reference
from tests.support.tables import for_each

HEAD = "bundle: b\nwelcome: t\ntemplates: {t: {content: x}}\n"
ALONG = "bundle: b\nwelcome: t\ntemplates:\n  t: {content: x, "
FLOW = HEAD + "triggers: [{type: equals, pattern: go, flow: f}]\nflows:\n  f:\n    steps:\n"
DOING = FLOW + "    - {key: a, type: action, action: "
TAG = "    - {{key: {}, type: action, action: contact.tag, arguments: {{tags: x}}}}\n"
ROW = TAG * 9

LONG = "bundle: b\nwelcome: t\ntemplates:\n  t:\n    "

CASES = {
    "what nobody can read": ("bundle: b\n? [\n? {\n:::\n", "4:1 Y01"),
    "an entry without its dash": (HEAD + "triggers:\n  type: equals\n  pattern: a\n  template: t\n", "5:3 Y18"),
    "a backspace that was to be a word's edge": (
        HEAD + 'triggers: [{type: regex, pattern: "\\bhi\\b", template: t}]\n',
        "4:35 Y22",
    ),
    "typographic quotes": (LONG + "content: \u201cOi\u201d\n", "5:14 Y23"),
    "rich text": ("{\\rtf1\\ansi bundle: b}", "1:1 Y24"),
    "a fence of a chat": ("```yaml\nbundle: b\n```\n", "1:1 Y25"),
    "what a merge left": ("bundle: b\n<<<<<<< a\nlocale: pt\n=======\nlocale: en\n>>>>>>> b\n", "2:1 Y26"),
    "no comma between two entries": (HEAD + 'escape_words: ["sair" "fim"]\n', "4:16 Y27"),
    "a comma at the end": (HEAD + "fallback: t,\n", "4:12 Y28"),
    "a comment of another language": (HEAD + "// the end\n", "4:1 Y29"),
    "an apostrophe in single quotes": (LONG + "content: 'It's open'\n", "5:14 Y30"),
    "a blank that does not break": (HEAD + "fallback:\u00a0t\n", "4:10 Y31"),
    "a dash before a template": ("bundle: b\nwelcome: t\ntemplates:\n  - t:\n    content: x\n", "4:3 Y32"),
    "words behind the sign for several lines": (LONG + "content: | Oi\n      tudo bem?\n", "5:14 Y33"),
    "two numbers or one": (HEAD + "triggers: [{type: equals, pattern: [40,50], template: t}]\n", "4:37 Y34"),
    "a full stop for a line's end": (HEAD + "triggers:\n  - type: equals\n    pattern: a. template: t\n", "6:15 Y35"),
    "unreadable YAML": ("bundle: b\n locale: pt\n", "2:2 Y20"),
    "never closed": ("bundle: 'b\nlocale: pt\n", "1:9 Y17"),
    "a bracket never closed": ("bundle: b\nwelcome: [t\ntemplates: {t: {content: x}}\n", "2:10 Y21"),
    "a key without a colon": ("bundle: b\nwelcome\nlocale: pt\n", "2:1 Y19"),
    "a colon between braces": ("bundle: b\nwelcome: t\ntemplates: {t: {content: a: b}}\n", "3:26 Y14"),
    "words after the quotes": (HEAD + 'fallback: "t" he says\n', "4:11 Y03"),
    "another encoding": ("bundle: b\nlocale: \udce3", "2:9 Y02"),
    "a star without quotes": (HEAD + "fallback: *t\n", "4:11 Y03"),
    "an empty block's head": (HEAD + "fallback: >5\n", "4:11 Y03"),
    "braces without quotes": ("bundle: b\nwelcome: t\ntemplates: {t: {content: {{ x }}}}\n", "3:26 Y03"),
    "a sign between braces": (HEAD + "triggers: [{type: number, pattern: >=18, template: t}]\n", "4:36 Y03"),
    "a colon and a blank": ("bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: Hoje: 18h\n", "5:14 Y04"),
    "a colon in a list": ("bundle: b\nwelcome: t\ntemplates:\n  t:\n    variants:\n    - Hoje: 18h\n", "6:7 Y04"),
    "text cut by #": ("bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: Pedido #3\n", "5:14 Y05"),
    "nothing left before #": ("bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: #3\n", "5:13 Y05"),
    "brackets cut by #": ("bundle: b\nwelcome: t\ntemplates: {t: {content: a #3}}\n", "3:28 Y05"),
    "an anchor": (HEAD + "fallback: &x t\n", "4:11 Y06"),
    "an anchor alone": (HEAD + "fallback: &x\n", "4:11 Y06"),
    "a template's if without quotes": (
        "bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: {% if contact.name %}Oi{% endif %}\n",
        "5:14 Y03",
    ),
    "a template's if between braces": (
        "bundle: b\nwelcome: t\ntemplates: {t: {content: {% if contact.name %}Oi{% endif %}}}\n",
        "3:26 Y14",
    ),
    "a tag": (HEAD + "fallback: !!str t\n", "4:11 Y06"),
    "a merge key": (HEAD + "<<: {fallback: t}\n", "4:1 Y06"),
    "a key twice": (HEAD + "welcome: t\n", "4:1 Y07"),
    "options alike": (FLOW + "    - {key: a, type: collect_input, template: t, options: [Olá, ola!]}\n", "8:65 Y08"),
    "transitions alike": (
        FLOW + "    - {key: a, type: collect_input, template: t, transitions: {Sim: a, sim!: a, default: a}}\n",
        "8:72 Y08",
    ),
    "nothing": (HEAD + "fallback:\n", "4:10 Y09"),
    "null": (HEAD + "fallback: null\n", "4:11 Y09"),
    "a control character": ("bundle: b\nwelcome: t\ntemplates: {t: {content: 'a\x07'}}\n", "3:28 Y10"),
    "an escaped one": ('bundle: b\nwelcome: t\ntemplates: {t: {content: "a\\0"}}\n', "3:26 Y10"),
    "two documents": ("bundle: b\n---\nbundle: c\n", "2:1 Y11"),
    "too deep": ("a: " + "[" * 30 + "]" * 30, "1:20 Y12"),
    "a tab": ("bundle: b\nwelcome: t\ntemplates:\n\tt: {content: x}\n", "4:1 Y13"),
    "braces in a list": ("bundle: b\nwelcome: t\ntemplates: {t: {variants: [Oi {{ x }}, b]}}\n", "3:28 Y14"),
    "an empty file": ("# nothing yet\n", "1:1 Y15"),
    "no keys": ("- bundle\n", "1:1 Y16"),
    "an unknown key": (HEAD + "wellcome: t\n", "4:1 S01"),
    "an unknown key of a step": (FLOW + "    - {key: a, type: end, save_as: x}\n", "8:27 S01"),
    "a missing key": (FLOW + "    - {key: a, type: send_template}\n", "8:7 S02"),
    "a missing type": (FLOW + "    - {key: a}\n", "8:7 S02"),
    "a list where text is": ("bundle: b\nwelcome: t\ntemplates: {t: {content: [x]}}\n", "3:26 S03"),
    "text where a list is": ("bundle: b\nwelcome: t\ntemplates: {t: {variants: x}}\n", "3:27 S04"),
    "text where keys are": ("bundle: b\ntemplates: x\n", "2:12 S05"),
    "a quoted number": (HEAD + 'handoff_hours: "5"\n', "4:16 S06"),
    "yes for true": (HEAD + "triggers: [{type: equals, pattern: a, template: t, active: yes}]\n", "4:60 S07"),
    "an unknown type": (HEAD + "triggers: [{type: equal, pattern: a, template: t}]\n", "4:19 S08"),
    "a name with blanks": ("bundle: my bundle\n", "1:9 S09"),
    "a locale that is none": (HEAD + "locale: português\n", "4:9 S10"),
    "a duration that is none": (HEAD + "expire_after: 1 day\n", "4:15 S11"),
    "a text too long": ("bundle: b\nwelcome: t\ntemplates: {t: {content: " + "x" * 4001 + "}}\n", "3:26 S12"),
    "too many options": (
        FLOW + f"    - {{key: a, type: collect_input, template: t, options: [{', '.join('abcdefghijk')}]}}\n",
        "8:59 S13",
    ),
    "an empty text": ('bundle: b\nwelcome: t\ntemplates: {t: {content: ""}}\n', "3:26 S14"),
    "a number too high": (HEAD + "handoff_hours: 0\n", "4:16 S15"),
    "both template and flow": (HEAD + "triggers: [{type: equals, pattern: a, template: t, flow: f}]\n", "4:12 S16"),
    "neither": (HEAD + "triggers: [{type: equals, pattern: a}]\n", "4:12 S16"),
    "options with expect": (
        FLOW + "    - {key: a, type: collect_input, template: t, options: [x], expect: text}\n",
        "8:7 S17",
    ),
    "no such template": (HEAD + "fallback: tt\n", "4:11 R01"),
    "no such flow": (HEAD + "triggers: [{type: equals, pattern: a, flow: g}]\n", "4:45 R02"),
    "a transition to nowhere": (
        FLOW + "    - {key: a, type: collect_input, template: t, transitions: {x: a, default: bb}}\n",
        "8:79 R03",
    ),
    "otherwise to nowhere": (FLOW + "    - {key: a, type: collect_input, template: t, otherwise: b}\n", "8:61 R03"),
    "a step key twice": (
        FLOW + "    - {key: a, type: send_template, template: t}\n    - {key: a, type: end}\n",
        "9:13 R05",
    ),
    "two triggers alike": (
        HEAD + "triggers:\n- {type: equals, pattern: a, template: t}\n- {type: equals, pattern: a, template: t}\n",
        "6:3 R06",
    ),
    "the bundle's own locale": (
        "bundle: b\nwelcome: t\ntemplates: {t: {content: x, locales: {en: {content: y}}}}\n",
        "3:39 R07",
    ),
    "a loop": ('bundle: b\nwelcome: t\ntemplates: {t: {content: "{% for a in b %}{% endfor %}"}}\n', "3:26 T01"),
    "a template that allocates": (
        "bundle: b\nwelcome: t\ntemplates: {t: {content: \"{{ 'x' * 30000000 }}\"}}\n",
        "3:26 T01",
    ),
    "a call": ('bundle: b\nwelcome: t\ntemplates: {t: {content: "{{ a() }}"}}\n', "3:26 T01"),
    "an unclosed variable": ('bundle: b\nwelcome: t\ntemplates: {t: {content: "{{ contact.name"}}\n', "3:26 T01"),
    "an unknown variable": ('bundle: b\nwelcome: t\ntemplates: {t: {content: "{{ a }}"}}\n', "3:26 T02"),
    "an unknown attribute": ('bundle: b\nwelcome: t\ntemplates: {t: {content: "{{ contact.nam }}"}}\n', "3:26 T03"),
    "a name of the language": (
        FLOW + "    - {key: a, type: collect_input, template: t, save_as: contact}\n",
        "8:59 T04",
    ),
    "a word of the language": (FLOW + "    - {key: a, type: collect_input, template: t, save_as: not}\n", "8:59 T04"),
    "a regex RE2 refuses": (HEAD + "triggers: [{type: regex, pattern: '(?<=a)b', template: t}]\n", "4:35 P01"),
    "a range upside down": (HEAD + "triggers: [{type: number, pattern: 9..1, template: t}]\n", "4:36 P02"),
    "a range of a step": (
        FLOW + "    - {key: a, type: collect_input, template: t, expect: {number: 9..1}}\n",
        "8:67 P02",
    ),
    "an empty pattern": (HEAD + "triggers: [{type: equals, template: t}]\n", "4:12 P03"),
    "a round without waiting": (
        FLOW + "    - {key: a, type: send_template, template: t}\n"
        "    - {key: c, type: send_template, template: t, transitions: {default: a}}\n",
        "8:7 F01",
    ),
    "an answer nobody waits for": (
        FLOW + "    - {key: a, type: send_template, template: t, transitions: {sim: b}}\n    - {key: b, type: end}\n",
        "8:64 F02",
    ),
    "an answer no option gives": (
        FLOW + "    - {key: a, type: collect_input, template: t, options: [Sim], transitions: {nao: a, default: b}}\n"
        "    - {key: b, type: end}\n",
        "8:80 F03",
    ),
    "an answer no number gives": (
        FLOW
        + "    - {key: a, type: collect_input, template: t, expect: {number: 1..3}, transitions: {4: a, default: b}}\n"
        "    - {key: b, type: end}\n",
        "8:88 F03",
    ),
    "buttons beside a list": (
        ALONG + "buttons: [a], list: {rows: [b]}}\n",
        "4:6 S18",
    ),
    "a latitude in quotes": (
        ALONG + "location: {latitude: '1.5', longitude: 2}}\n",
        "4:40 S19",
    ),
    "a latitude beyond the pole": (
        ALONG + "location: {latitude: -91, longitude: 2}}\n",
        "4:40 S15",
    ),
    "a file that is not fetched by https": (
        ALONG + "media: {type: image, url: http://pizza.example/a.jpg}}\n",
        "4:45 S20",
    ),
    "a host that a person could choose": (
        ALONG + "media: {type: image, url: 'https://{{ contact.name }}/'}}\n",
        "4:45 S20",
    ),
    "a kind of file that there is not": (
        ALONG + "media: {type: gif, url: https://pizza.example/a.gif}}\n",
        "4:33 S08",
    ),
    "a key that a file does not have": (
        ALONG + "media: {type: image, url: https://a.example/, alt: y}}\n",
        "4:65 S01",
    ),
    "a key that a button does not have": (
        ALONG + "buttons: [{label: a, ident: b}]}\n",
        "4:40 S01",
    ),
    "a row without a label": (
        ALONG + "list: {rows: [{id: a}]}}\n",
        "4:33 S02",
    ),
    "more than ten rows": (
        ALONG + f"list: {{rows: [{', '.join('abcdefghijk')}]}}}}\n",
        "4:32 S13",
    ),
    "choices alike": (
        ALONG + "buttons: [Olá, {label: Oi, id: ola!}]}\n",
        "4:34 Y08",
    ),
    "words and files alike missing": ("bundle: b\nwelcome: t\ntemplates:\n  t: {subject: x}\n", "4:6 S16"),
    "a name of an approved template with blanks": (
        ALONG + "whatsapp: {template: my order}}\n",
        "4:40 S09",
    ),
    "an unknown variable of a label": (
        ALONG + 'buttons: ["{{ a }}"]}\n',
        "4:29 T02",
    ),
    "an unknown variable of a parameter": (
        ALONG + 'whatsapp: {template: y, parameters: ["{{ a }}"]}}\n',
        "4:56 T02",
    ),
    "an unknown variable of a named parameter": (
        ALONG + 'whatsapp: {template: y, parameters: {z: "{{ a }}"}}}\n',
        "4:59 T02",
    ),
    "an unknown variable of HTML in a locale": (
        ALONG + 'locales: {pt: {content: x, html: "{{ a }}"}}}\n',
        "4:52 T02",
    ),
    "a call in a subject": (ALONG + 'subject: "{{ a() }}"}\n', "4:28 T01"),
    "options beside choices of the template": (
        FLOW.replace("x}", "x, buttons: [a]}") + "    - {key: a, type: collect_input, template: t, options: [x]}\n",
        "8:47 F04",
    ),
    "buttons that no message holds": (
        ALONG + "buttons: [" + ", ".join(f"{number} {'x' * 150}" for number in range(10)) + "]}\n",
        "4:28 F05",
    ),
    "arguments without an action": (
        HEAD + "triggers: [{type: equals, pattern: go, template: t, arguments: {tags: a}}]\n",
        "4:53 S21",
    ),
    "an unknown action": (DOING + "contact.tga, arguments: {tags: a}}\n", "8:38 A01"),
    "an unknown argument": (DOING + "contact.tag, arguments: {tags: a, tag: b}}\n", "8:72 A02"),
    "an argument left out": (DOING + "contact.tag}\n", "8:38 A03"),
    "an argument that is none of its kind": (DOING + "contact.set, arguments: {locale: pt_XX}}\n", "8:71 A04"),
    "a map where a text belongs": (DOING + "contact.tag, arguments: {tags: {a: b}}}\n", "8:69 A04"),
    "a text where a map belongs": (DOING + "contact.set, arguments: {attributes: gold}}\n", "8:75 A04"),
    "an attribute that is no attribute": (
        DOING + "contact.set, arguments: {attributes: {plan: gold, email: a@b.c}}}\n",
        "8:95 A04",
    ),
    "a list where an argument is one text": (DOING + "contact.tag, arguments: {tags: [a, b]}}\n", "8:69 S03"),
    "a list in a map of arguments": (DOING + "contact.set, arguments: {attributes: {sizes: [1, 2]}}}\n", "8:83 S03"),
    "a misspelt argument that must be there": (DOING + "contact.tag, arguments: {tag: a}}\n", "8:63 A02"),
    "a misspelt outcome, the only one": (
        DOING + "contact.tag, arguments: {tags: a}, transitions: {doen: b}}\n    - {key: b, type: end}\n",
        "8:87 A05",
    ),
    "a step of the type action without one": (FLOW + "    - {key: a, type: action}\n", "8:7 S02"),
    "a template in an action's step": (
        DOING + "contact.tag, arguments: {tags: a}, template: t}\n",
        "8:73 S01",
    ),
    "an argument in a trigger that has another key in its place": (
        HEAD + "triggers: [{type: equals, pattern: a, action: contact.tag, tags: a}]\n",
        "4:60 S01",
    ),
    "a key in the wrong place below several lines of words": (
        "bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: >-\n      Oi\n"
        + FLOW.partition("templates: {t: {content: x}}\n")[2]
        + "    - {key: a, type: action, action: contact.tag, tags: vip}\n    - {key: b, type: end}\n",
        "11:51 S01",
    ),
    "an unknown outcome": (
        DOING + "contact.tag, arguments: {tags: a}, transitions: {doen: b, default: b}}\n    - {key: b, type: end}\n",
        "8:87 A05",
    ),
    "an outcome that leads nowhere": (
        DOING
        + 'contact.tag, arguments: {tags: "{{ message.text }}"}, transitions: {done: b}}\n    - {key: b, type: end}\n',
        "8:92 A06",
    ),
    "an outcome of which a trigger says nothing": (
        HEAD
        + "triggers:\n- {type: equals, pattern: a, action: contact.tag, arguments: {tags: '{{ message.text }}'},"
        + " templates: {done: t}}\n",
        "5:92 A06",
    ),
    "an unknown variable of an argument": (DOING + "contact.tag, arguments: {tags: '{{ a }}'}}\n", "8:69 T02"),
    "a call in an argument": (DOING + "contact.tag, arguments: {tags: '{{ a() }}'}}\n", "8:69 T01"),
    "an unknown attribute of a contact in an argument": (
        DOING + "contact.set, arguments: {attributes: {plan: '{{ contact.pla }}'}}}\n",
        "8:82 T03",
    ),
    "a value under a name that templates keep": (
        DOING + "contact.tag, arguments: {tags: a}, save_as: contact}\n",
        "8:82 T04",
    ),
    "what an action does not give": (
        DOING.replace("content: x", "content: '{{ done.of }}'") + "contact.tag, arguments: {tags: a}, save_as: done}\n"
        "    - {key: b, type: end, template: t}\n",
        "3:26 T02",
    ),
    "a comma in a text between braces": (HEAD.replace("content: x", "content: x, y"), "3:26 Y36"),
    "a name of one's own beside the map": (DOING + "contact.set, arguments: {plan: gold}}\n", "8:63 A07"),
    "nine actions in a row": (FLOW + ROW.format(*"abcdefghi"), "16:7 F07"),
    "more of them than nine, which is cut there": (FLOW + ROW.format(*"abcdefghi") + TAG.format("j"), "16:7 F07"),
    "words between nine actions": (
        FLOW
        + ROW.format(*"abcdefghi").replace(
            "    - {key: d", "    - {key: w, type: send_template, template: t}\n    - {key: d"
        ),
        "17:7 F07",
    ),
    "nine actions after an answer": (
        FLOW + "    - {key: q, type: collect_input, template: t}\n" + ROW.format(*"abcdefghi"),
        "17:7 F07",
    ),
    "nine actions by one of two ways": (
        FLOW
        + "    - {key: q, type: collect_input, template: t, transitions: {x: a, default: b}}\n"
        + ROW.format(*"abcdefghi"),
        "17:7 F07",
    ),
    "actions that may go round": (
        FLOW
        + TAG.format("a")
        + "    - {key: b, type: action, action: contact.set, arguments: {name: '{{ contact.name }}'},\n"
        + "       transitions: {invalid: a, done: c}}\n    - {key: c, type: end}\n",
        "8:7 F07",
    ),
    "a round of actions": (
        DOING + "contact.tag, arguments: {tags: a}, transitions: {default: a}}\n",
        "8:7 F01",
    ),
    "a long parameter beside buttons": (
        ALONG + f"whatsapp: {{template: a, parameters: [{'x' * 1_025}], buttons: [a]}}}}\n",
        "4:56 F06",
    ),
}

NOTES = {
    "a trigger that opting out comes before": (
        HEAD + "triggers: [{type: equals, pattern: [oi, stop], template: t}]\n",
        "4:41 N06",
    ),
    "a trigger that ends flows": (
        FLOW.replace("go,", "[go, menu],") + "    - {key: a, type: end}\n",
        "4:41 N07",
    ),
    "a trigger below one that takes all it would": (
        HEAD + "triggers:\n- {type: contains, pattern: order, template: t}\n"
        "- {type: contains, pattern: order status, template: t}\n",
        "6:29 N08",
    ),
    "a short word inside of others": (HEAD + "triggers: [{type: contains, pattern: hi, template: t}]\n", "4:38 N09"),
    "a name in single braces": ("bundle: b\nwelcome: t\ntemplates: {t: {content: 'Oi {name}'}}\n", "3:26 N10"),
    "several words in one text": (HEAD + "triggers: [{type: equals, pattern: 'oi, olá', template: t}]\n", "4:36 N11"),
    "a text for several messages": (HEAD.replace("x}", "word " * 250 + "}"), "3:26 N12"),
    "a long address": (
        HEAD.replace("content: x", f"media: {{type: image, url: 'https://a.example/{'x' * 1_000}'}}, content: x"),
        "3:24 N14",
    ),
    "a long button": (
        FLOW + f"    - {{key: a, type: collect_input, template: t, options: [{'x' * 21}]}}\n",
        "8:60 N01",
    ),
    "a step out of reach": (FLOW + "    - {key: a, type: end}\n    - {key: b, type: end}\n", "9:13 N02"),
    "an unused template": ("bundle: b\ntemplates: {t: {content: x}}\n", "2:13 N03"),
    "a pattern for everything": (HEAD + "triggers: [{type: regex, pattern: .*, template: t}]\n", "4:35 N04"),
    "a long label of a button": (
        ALONG + f"buttons: [{'x' * 21}]}}\n",
        "4:29 N01",
    ),
    "a long label of a row in another language": (
        ALONG + "locales: {pt: {content: x, list: {rows: [a, b, c, " + "x" * 25 + "]}}}}\n",
        "4:69 N01",
    ),
    "a button that opts out": (
        ALONG + "buttons: [{label: Stop, id: halt}]}\n",
        "4:29 N05",
    ),
    "a button whose answer opts out": (
        ALONG + "buttons: [{label: Halt it, id: stop}]}\n",
        "4:29 N05",
    ),
    "a long label beside a description": (
        ALONG + f"list: {{rows: [{{label: {'x' * 24}, description: d}}, {'x' * 25}]}}}}\n",
        "4:84 N01",
    ),
    "an opt-out word": (FLOW + "    - {key: a, type: collect_input, template: t, options: [Parar!]}\n", "8:60 N05"),
}


def told(text: str, *, notes: bool = False) -> list[str]:
    checked = check([Source("b.yaml", text.encode("utf-8", "surrogateescape"))], SPECS)
    return [f"{each.line}:{each.column} {each.code}" for each in (checked.notes if notes else checked.faults)]


SOUND = {
    "eight actions in a row": TAG * 8,
    "nine actions with a question between": TAG * 4 + "    - {{key: q, type: collect_input, template: t}}\n" + TAG * 5,
    "sixteen of which one message does eight": "    - {{key: q, type: collect_input, template: t,"
    " transitions: {{x: a, default: i}}}}\n"
    + TAG * 7
    + "    - {{key: h, type: action, action: contact.tag, arguments: {{tags: x}}, transitions: {{default: q}}}}\n"
    + TAG * 8,
}


@for_each("case", SOUND)
def test_as_many_actions_as_one_message_does_are_no_fault(case: str) -> None:
    steps = SOUND[case].format(*(each for each in "abcdefgijklmnopqrst"))

    assert told(FLOW + steps) == []


@for_each("case", CASES)
def test_the_fault_is_told_at_its_place_and_alone(case: str) -> None:
    text, expected = CASES[case]

    assert told(text) == [expected]


@for_each("case", NOTES)
def test_what_may_surprise_is_a_note_and_no_fault(case: str) -> None:
    text, expected = NOTES[case]

    assert (told(text), told(text, notes=True)) == ([], [expected])


def test_a_bundle_in_several_files_is_one_fault_in_each_and_none_is_published() -> None:
    names = ("a.yaml", "c.yaml", "d.yaml")
    sources = [Source(names[0], b"bundle: b\n"), *(Source(name, b"locale: pt\nbundle: b\n") for name in names[1:])]

    checked = check([*sources, Source("e.yaml", b"bundle: e\n")])

    assert [(each.file, each.line, each.column, each.code, each.values["other"]) for each in checked.faults] == [
        ("a.yaml", 1, 9, "R04", "c.yaml"),
        ("c.yaml", 2, 9, "R04", "a.yaml"),
        ("d.yaml", 2, 9, "R04", "c.yaml"),
    ]
    assert [bundle.file for bundle in checked.bundles] == ["e.yaml"]


def test_a_trigger_key_twice_is_a_fault() -> None:
    one = "- {key: k, type: equals, pattern: a, template: t}\n"
    text = HEAD + "triggers:\n" + one + one.replace("pattern: a", "pattern: b")

    assert told(text) == ["6:9 R05"]


def test_every_code_has_its_case() -> None:
    shown = {expected.split()[1] for _, expected in (*CASES.values(), *NOTES.values())} | {
        "R04",
        "R08",
        "R09",
        "R10",
        "R11",
        "N13",
    }

    assert shown == set(KINDS)


def test_every_fault_is_told_at_once_however_different() -> None:
    text = "bundle: b\nwelcom: t\nfallback: nobody\ntemplates:\n  t: {content: '{{ x }}'}\n  u: {content: Pedido #1\n"

    assert told(text) == ["2:1 S01", "3:11 R01", "5:16 T02", "6:23 Y05"]


@for_each(
    ("text", "near"),
    [
        (HEAD + "wellcome: t\n", "welcome"),
        (
            HEAD
            + "triggers: [{type: equals, pattern: a, flow: oder}]\nflows: {order: {steps: [{key: a, type: end}]}}\n",
            "order",
        ),
        ('bundle: b\nwelcome: t\ntemplates: {t: {content: "{{ contact.nome }}"}}\n', "contact.name"),
        (HEAD + "triggers: [{type: contain, pattern: a, template: t}]\n", "contains"),
        (HEAD + "triggers: [{type: equals, patern: a, template: t}]\n", "pattern"),
        ("bundle: b\nwelcome: t\ntemplates: {t: {content: x, variant: y}}\n", "variants"),
        ("bundle: b\nwelcome: t\ntemplates: {t: {content: x, locales: {pt: {contents: y}}}}\n", "content"),
        (HEAD + "flows: {f: {step: 1, steps: [{key: a, type: end}]}}\n", "steps"),
        (FLOW + "    - {key: a, type: end, hand_off: true}\n", "handoff"),
        (
            "bundle: b\nwelcome: t\ntemplates: {t: {content: x, location: {latitud: 1, latitude: 1, longitude: 1}}}\n",
            "latitude",
        ),
        ("bundle: b\nwelcome: t\ntemplates: {t: {content: x, list: {rowz: [a], rows: [a]}}}\n", "rows"),
        (
            "bundle: b\nwelcome: t\ntemplates: {t: {content: x, list: {rows: [{label: a, descripton: b}]}}}\n",
            "description",
        ),
        ("bundle: b\nwelcome: t\ntemplates: {t: {content: x, whatsapp: {template: a, langage: pt}}}\n", "language"),
        (FLOW + "    - {key: a, type: collect_input, template: t, expect: {number: 1, numbr: 2}}\n", "number"),
    ],
)
def test_a_name_close_to_a_known_one_is_asked_for(text: str, near: str) -> None:
    (fault,) = check([Source("b.yaml", text.encode())]).faults

    assert fault.mend == f"Did you mean {near}?"


@for_each(
    ("written", "quoted"),
    [
        ("*oi* Ana", '"*oi* Ana"'),
        ("> texto", '"> texto"'),
        ("Hoje: 18h", '"Hoje: 18h"'),
        ("Hoje:", '"Hoje:"'),
        ("{{ contact.name }}, oi", '"{{ contact.name }}, oi"'),
        ("{{ contact.name }}: oi", '"{{ contact.name }}: oi"'),
        ("{% if contact.name %}a{% endif %}", '"{% if contact.name %}a{% endif %}"'),
        ('"Oi" ele disse', "'\"Oi\" ele disse'"),
    ],
)
@for_each("place", ["content: ", "variants:\n    - "])
def test_what_needs_quotes_is_shown_with_them(place: str, written: str, quoted: str) -> None:
    text = f"bundle: b\nwelcome: t\ntemplates:\n  t:\n    {place}{written}\n"

    first = check([Source("b.yaml", text.encode())]).faults[0]

    assert first.mend == f"Write it as {quoted}."


@for_each("value", ["*oi", "*oi*", ">18", "{{ contact.name }}"])
def test_between_brackets_only_the_text_itself_is_quoted(value: str) -> None:
    text = f"bundle: b\nwelcome: t\ntemplates: {{t: {{content: {value}, locales: {{pt: {{content: {value}}}}}}}}}\n"

    faults = check([Source("b.yaml", text.encode())]).faults

    assert [each.mend for each in faults] == [f'Write it as "{value}".'] * 2


def test_a_name_saved_on_some_way_to_a_step_is_known_there() -> None:
    steps = """\
    - {key: a, type: collect_input, template: t, save_as: name, otherwise: c}
    - {key: b, type: end, template: says_name}
    - {key: c, type: end, template: says_name_too}
"""
    text = (
        FLOW.replace("x}}", "x}, says_name: {content: 'Oi {{ name }}'}, says_name_too: {content: 'Ei {{ name }}'}}")
        + steps
    )

    (fault,) = check([Source("b.yaml", text.encode())]).faults

    assert (fault.code, fault.values["name"], fault.values["place"]) == ("T02", "name", "f/c")


@for_each(
    ("label", "channels"),
    [("Stop", "whatsapp, sms, email, telegram, messenger, instagram, other"), ("Cancelar", "sms"), ("Menu", "")],
)
def test_an_option_that_never_arrives_as_an_answer_is_noted_with_its_channels(label: str, channels: str) -> None:
    text = FLOW + f"    - {{key: a, type: collect_input, template: t, options: [{label}]}}\n"

    notes = check([Source("b.yaml", text.encode())]).notes

    assert [each.values["channels"] for each in notes] == ([channels] if channels else [])


def test_a_fault_speaks_the_language_it_is_given() -> None:
    (fault,) = check([Source("b.yaml", (HEAD + "fallback: tt\n").encode())]).faults
    words = {"there is no template {name}": "não há modelo {name}", "Did you mean {near}?": "Seria {near}?"}

    assert fault.sentence(lambda text: words[text]) == "b.yaml:4:11 R01 não há modelo tt. Seria t?"


def test_the_page_of_faults_is_made_from_the_table() -> None:
    assert Path("docs/flow-faults.md").read_text(encoding="utf-8") == reference()
