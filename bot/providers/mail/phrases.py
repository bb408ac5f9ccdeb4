"""How mail programs begin a quote and end a mail, in the languages people write in; a program or a language is a line.

All are compared in lower case, blanks of every kind as one blank.
"""

import re
from collections.abc import Iterable, Mapping

from bot.core.expressions import compiled_later

OPENINGS = (
    *("on", "at"),
    *("em", "no dia", "às", "a"),
    *("el", "en", "con fecha"),
    *("le",),
    *("am",),
    *("il", "il giorno", "in data"),
    *("op",),
    *("den", "på", "kl", "w dniu", "dnia", "dne", "pe", "ngày", "vào"),
)
"""What stands before the date in `On 9 Oct 2025, Ana wrote:`: English, Portuguese, Spanish, French, German, Italian,
Dutch, others."""

WROTE = (
    *("wrote", "writes"),
    *("escreveu", "escreveram"),
    *("escribió", "escribio"),
    *("a écrit", "a ecrit", "écrit"),
    *("schrieb", "hat geschrieben", "schreibt"),
    *("ha scritto", "scrisse", "scrive"),
    *("schreef", "geschreven"),
    *("skrev", "kirjoitti", "napisał", "napisała", "napisał(a)", "pisze", "napsal", "napsal(a)", "a scris", "írta"),
    *("yazdı", "написал", "написала", "написал(а)", "пишет", "писал", "пише", "έγραψε", "đã viết", "写道", "寫道"),
)
"""The verb in it, in the same order."""

ORIGINAL = (
    *("original message", "forwarded message", "forward message", "original mail", "reply message"),
    *("mensagem original", "mensagem encaminhada", "mensagem reencaminhada"),
    *("mensaje original", "mensaje reenviado", "mensaje de reenvío"),
    *("message d'origine", "message original", "message transféré", "message initial", "courriel original"),
    *("ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht"),
    *("messaggio originale", "messaggio inoltrato", "inoltra messaggio"),
    *("oorspronkelijk bericht", "oorspronkelijke bericht", "doorgestuurd bericht"),
    *("ursprungligt meddelande", "vidarebefordrat meddelande", "oprindelig meddelelse", "videresendt meddelelse"),
    *("opprinnelig melding", "videresendt melding", "alkuperäinen viesti", "oryginalna wiadomość", "původní zpráva"),
    *("исходное сообщение", "пересылаемое сообщение", "原始邮件", "原始郵件", "转发的邮件"),
)
"""What stands between two rows of dashes."""

FORWARDED = (
    *("begin forwarded message", "início da mensagem encaminhada", "início da mensagem reencaminhada"),
    *("inicio del mensaje reenviado", "début du message transféré", "début du message réexpédié"),
    *("anfang der weitergeleiteten nachricht", "inizio messaggio inoltrato", "begin doorgestuurd bericht"),
)
"""What Apple Mail writes before a colon."""

LABELS: Mapping[str, tuple[str, ...]] = {
    "from": (
        *("from", "de", "von", "da", "van", "från", "fra", "lähettäjä", "od", "kimden", "от", "від", "από"),
        *("差出人", "发件人", "寄件者", "보낸 사람"),
    ),
    "sent": (
        *("sent", "date", "enviado", "enviada", "enviado em", "enviada em", "enviado el", "data", "fecha"),
        *("envoyé", "envoyé le", "gesendet", "gesendet am", "datum", "inviato", "inviato il", "verzonden"),
        *("verzonden op", "skickat", "sendt", "dato", "lähetetty", "wysłano", "odesláno", "gönderildi", "отправлено"),
        *("дата", "надіслано", "送信日時", "发送时间", "寄件日期"),
    ),
    "to": (
        *("to", "para", "à", "a", "an", "aan", "till", "til", "vastaanottaja", "do", "komu", "kime", "кому"),
        *(
            "宛先",
            "收件人",
            "收件者",
            "cc",
            "kopie",
            "copie à",
            "kopia",
            "kopi",
            "reply-to",
            "responder a",
            "antwort an",
        ),
    ),
    "subject": (
        *("subject", "assunto", "asunto", "objet", "betreff", "oggetto", "onderwerp", "ämne", "emne", "aihe"),
        *("temat", "předmět", "konu", "тема", "件名", "主题", "主旨"),
    ),
}
"""The lines of the header that Outlook and others put above a quote, by what they say."""

FAREWELLS = (
    *("best", "best regards", "kind regards", "warm regards", "regards", "sincerely", "yours sincerely", "cheers"),
    *("yours", "best wishes", "many thanks and kind regards", "with kind regards", "rgds", "br"),
    *("atenciosamente", "att", "atte", "abraço", "abraços", "um abraço", "cordialmente", "beijos", "beijo", "bjs"),
    *("cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "saudações", "grato", "grata", "abs"),
    *("saludos", "un saludo", "saludos cordiales", "un cordial saludo", "atentamente", "un abrazo", "muchos saludos"),
    *("cordialement", "bien cordialement", "bien à vous", "salutations", "meilleures salutations", "amicalement"),
    *("mit freundlichen grüßen", "mit freundlichem gruß", "freundliche grüße", "viele grüße", "liebe grüße", "grüße"),
    *("beste grüße", "schöne grüße", "mfg", "lg", "vg", "gruß", "mit besten grüßen", "herzliche grüße"),
    *("cordiali saluti", "distinti saluti", "saluti", "un saluto", "cordialmente", "un caro saluto"),
    *(
        "met vriendelijke groet",
        "met vriendelijke groeten",
        "vriendelijke groet",
        "groet",
        "groeten",
        "groetjes",
        "mvg",
    ),
)
"""Lines of their own that end a mail; a name follows, and what stands below it."""

THANKS = (
    *("thanks", "thank you", "many thanks", "thanks a lot", "thanks in advance", "thx"),
    *("obrigado", "obrigada", "muito obrigado", "muito obrigada", "desde já obrigado", "desde já obrigada", "valeu"),
    *("gracias", "muchas gracias", "mil gracias", "merci", "merci beaucoup", "merci d'avance"),
    *("danke", "vielen dank", "danke schön", "besten dank", "grazie", "grazie mille", "bedankt", "dank je wel"),
    *("alvast bedankt", "dank u wel"),
)
"""The same, but people go on after them, too."""

_SENT = (
    r"sent|enviad[oa]|envoyée?|gesendet|inviat[oa]|verzonden|verstuurd|skickat|sendt|lähetetty|wysłan[oe]|отправлено"
)
_BY = (
    r"from|via|with|using|by|do|da|de|desde|a partir d[aeo]|através d[aeo]|pelo|pela|com|con|par|depuis|avec"
    r"|à partir d[eu]|von|mit|über|aus|dal?|tramite|van|vanaf|met|från|fra|z|с"
)
_DEVICE = (
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|redmi|motorola|moto|xperia|blackberry|oneplus|pixel|smartphone"
    r"|telefone|telemóvel|celular|móvil|teléfono|cellulare|telefono|telefoon|handy|mobile|mobil|mobiltelefon|phone|portable"
    r"|téléphone|tablet|outlook|yahoo|gmail|e?mail|courrier|correo|correio|posta|proton|protonmail|gmx|web\.de|icloud"
    r"|bluemail|spark|uol|bol|terra|orange|libero|windows|mac"
)
_GET = (
    r"get|obter|obtenha|baixe o|obtener|obtén|obtenir|télécharger|téléchargez|holen sie sich|laden sie|ottieni|scarica"
    r"|download|hämta|hent|pobierz|baixar"
)
PROGRAM = compiled_later(
    rf"(?:{_SENT}) (?:{_BY}) (?:\S+ ){{0,4}}?\S{{0,3}}(?:{_DEVICE})\b.{{0,45}}"
    r"|(?:diese (?:nachricht|e-mail|mail) wurde )?von (?:mein\w{1,2}|outlook|der|dem|mobil\w*) "
    r".{1,60} (?:gesendet|geschickt|gesandt)"
    rf"|(?:{_GET}) (?:\S+ ){{0,3}}?(?:outlook|yahoo mail|bluemail|spark)\b.{{0,30}}"
    r"|outlook voor (?:ios|android|mac) (?:downloaden|ophalen)"
    r"|yahoo mail: [^.?!]{1,40}"
)
"""A line that telephones and mail programs put below the words."""

NOTICE = compiled_later(
    r"(?:this|the) (?:e-?mail|message|communication).{0,80}(?:confidential|privileged|intended (?:only|solely))"
    r"|confidentiality notice|disclaimer:|important notice:|virus-free\.|this email has been (?:checked|scanned)"
    r"|(?:esta mensagem|este e-?mail).{0,80}(?:confiden|sigil|privilegiad)|aviso (?:de confidencialidade|legal)"
    r"|livre de vírus\.|este (?:mensaje|correo).{0,80}(?:confidencial|virus)|libre de virus\."
    r"|ce (?:message|courriel|courrier).{0,80}(?:confidentiel|virus)|sans virus\.|garanti sans virus"
    r"|diese (?:e-?mail|nachricht).{0,80}(?:vertraulich|viren)|virenfrei\."
    r"|(?:questo|il presente) (?:messaggio|e-?mail).{0,80}riservat|privo di virus\.|mail priva di virus"
    r"|(?:dit|deze) (?:bericht|e-?mail).{0,80}vertrouwelijk|virusvrij\."
)
"""How what lawyers and virus scanners add begins."""


def one_of(phrases: Iterable[str]) -> str:
    """A pattern for any of `phrases`, the longest first."""
    return "|".join(map(re.escape, sorted(set(phrases), key=len, reverse=True)))
