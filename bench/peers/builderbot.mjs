// The keyword bot on builderbot: its Meta provider and its memory database.
//
// Environment: PORT, GRAPH_URL (the stand-in), ANSWERS (a JSON file), PAUSE (on: the provider's queue as it
// comes), HISTORY (how many entries the memory database begins with).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { addKeyword, createBot, createFlow, createProvider, EVENTS, MemoryDB } from '@builderbot/bot'
import { MetaProvider } from '@builderbot/provider-meta'

const { PORT, GRAPH_URL, ANSWERS, PAUSE, HISTORY } = process.env
const { answers, fallback, numberId } = JSON.parse(readFileSync(ANSWERS))

// The provider has no setting for Meta's address, so what it sends is pointed elsewhere on its way out.
const axios = createRequire(createRequire(import.meta.url).resolve('@builderbot/provider-meta'))('axios')
axios.interceptors.request.use((config) => {
    config.url = config.url.replace('https://graph.facebook.com', GRAPH_URL)
    return config
})

const provider = createProvider(MetaProvider, { jwtToken: 'token', numberId, verifyToken: 'verify', version: 'v18.0' })
if (PAUSE !== 'on') {
    // As it comes, the one queue for what arrives and what is sent takes one task each 100 ms.
    Object.assign(provider.queue.options, { concurrent: 64, interval: 0 })
}
const keywords = Object.entries(answers).map(([word, answer]) => addKeyword(word).addAnswer(answer))
const welcome = addKeyword(EVENTS.WELCOME).addAnswer(fallback)
const database = new MemoryDB()
for (let number = 0; number < Number(HISTORY); number++) {
    const from = `5511${900_000_000 + (number % 5_000)}`
    await database.save({ ref: 'ans_1', keyword: 'key_1', answer: fallback, options: {}, from, refSerialize: '1' })
}
const bot = await createBot({ flow: createFlow([...keywords, welcome]), provider, database })
bot.httpServer(Number(PORT))
