"""Meta: WhatsApp, Messenger and Instagram, and 360dialog, which hands Meta's posts on."""
