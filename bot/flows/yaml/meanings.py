"""What people write for the keys and values of a bundle, in English, Portuguese and Spanish."""

import unicodedata
from collections.abc import Iterable, Mapping

from bot.core.did_you_mean import near

_NEARLY_THE_SAME = 0.85
_MEANINGS: Mapping[str, str] = {
    "bundle": "bot pacote conjunto paquete name nome nombre",
    "locale": "idioma lingua lang language linguagem local",
    "welcome": "boas_vindas bemvindo bem_vindo bienvenida saudacao greeting start inicio",
    "fallback": "padrao default_reply nao_entendi unknown desconhecido otherwise",
    "unsupported": "nao_suportado sem_suporte no_compatible",
    "expire_after": "expira_em expira expiration timeout expira_apos",
    "escape_words": "palavras_de_saida saida palavras_de_escape stop_words",
    "templates": "modelos modelo mensagens mensagem messages message respostas responses replies plantillas textos",
    "triggers": "gatilhos gatilho disparadores disparador activadores rules regras",
    "flows": "fluxos fluxo flujos flujo conversations conversas",
    "steps": "passos passo etapas etapa pasos paso",
    "content": "conteudo texto text mensagem message msg contenido body resposta words palavras",
    "variants": "variantes variacoes versoes versions alternatives alternativas contents",
    "variables": "variaveis vars defaults",
    "locales": "idiomas linguas traducoes translations languages",
    "buttons": "botoes botao botones options opcoes opcao choices escolhas quick_replies",
    "media": "midia arquivo file foto imagem image picture",
    "location": "localizacao lugar endereco ubicacion",
    "subject": "assunto asunto title titulo",
    "pattern": "padrao padroes palavra palavras palavra_chave keyword keywords word words text texto patron match",
    "type": "tipo kind",
    "key": "chave id name nome nombre clave step passo",
    "priority": "prioridade prioridad",
    "cooldown_sec": "cooldown espera intervalo",
    "active": "ativo enabled activo ligado",
    "interrupt": "interrompe interromper interrumpe",
    "template": "modelo mensagem message resposta response reply answer plantilla responder text texto content say",
    "flow": "fluxo flujo start_flow goto",
    "save_as": "salvar_como salvar guardar guardar_como variable variavel save store",
    "options": "opcoes opcao opciones choices escolhas buttons botoes",
    "expect": "espera espere validate validation formato format",
    "attempts": "tentativas tries retries intentos",
    "otherwise": "senao caso_contrario else fallback",
    "transitions": "transicoes transicao next proximo transiciones goto",
    "wait_input": "espera_resposta aguarda aguardar wait esperar",
    "handoff": "transferir humano atendente human agent",
    "label": "rotulo texto text titulo title etiqueta name nome",
    "description": "descricao descripcion",
    "rows": "linhas filas itens items",
    "button": "botao boton",
    "equals": "igual iguais exato exact is equal",
    "contains": "contem contendo include includes contiene",
    "regex": "regexp expressao expression",
    "number": "numero num",
    "collect_input": "pergunta question ask coletar input perguntar",
    "send_template": "mensagem message send say enviar responder envia",
    "action": "acao accion do execute executar fazer chamar call",
    "arguments": "argumentos args parametros parameters params with com",
    "end": "fim final finish stop done encerrar terminar",
    "text": "texto string any",
    "phone": "telefone telefono celular",
    "email": "e_mail correio mail",
    "image": "imagem foto picture photo imagen",
    "document": "documento arquivo file pdf",
    "video": "filme",
    "sticker": "figurinha",
}
"""Words that people write for a key or a value, in English, Portuguese and Spanish, without accents."""
_BY_WORD: Mapping[str, tuple[str, ...]] = {
    word: tuple(known for known, words in _MEANINGS.items() if word in words.split())
    for word in {word for words in _MEANINGS.values() for word in words.split()}
}


def meant(word: str, known: Iterable[str]) -> dict[str, str]:
    """As `near`, for keys and values of the bundle's own language: what means the same counts as close too."""
    names = set(known)
    same = [name for name in _BY_WORD.get(_plain(word), ()) if name in names]
    # A slip of the finger goes before a translation, and both before what is merely alike.
    return {"near": same[0], **near(word, names, _NEARLY_THE_SAME)} if same else near(word, names)


def _plain(word: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFKD", word) if not unicodedata.combining(each))
    return "_".join(bare.casefold().replace("-", " ").split())
