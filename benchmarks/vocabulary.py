"""Words and sentence frames for the generated chat file: everyday English, some code, and a little of other scripts."""

NOUNS = """answer approach article balance bicycle book bottle bridge budget building business camera campus career carpet chapter
city client climate coast coffee colleague comment committee community company concept concert contract cottage country course
customer database deadline decision department design detail device dinner document editor effort email engine evening event
example exercise factory family farmer feature festival field figure flight flower forest friend function garden goal grammar
guitar habit harbour hospital house idea image industry insight island jacket journal journey kitchen language laptop lawyer
lesson letter library list machine manager market meal meeting memory message method mirror model moment morning mountain
museum music neighbour network notebook novel number object office option orchard outline owner package painting paper
paragraph park partner password path patient pattern pencil phone photo picture plan planet platform player poem point policy
problem process product profile program project proposal question railway reader reason recipe record region report request
research resource result review river road routine sample schedule scholar school science script season section sentence
server service session shelf signal sister skill sleep software solution song source speaker station step story strategy
street student subject summary supplier system table task teacher team theory thing ticket tool topic town traffic training
transport traveller update user value vegetable version village visitor voice volunteer waiter walk wall water weather
website week window winter word worker workshop writer""".split()

VERBS = """accept add adjust arrange ask avoid begin bring build buy call carry change check choose clean collect combine compare
complete consider continue cook copy cover create describe design discuss divide draw edit enjoy examine expand explain explore
express find finish follow gather give handle help imagine improve include increase introduce invite join keep learn leave list
listen manage measure mention mix move notice offer open order organise paint plan practise prepare present protect prove
publish read receive recommend reduce remember remove repeat replace reply report research rest review save search select send
share show sketch solve start store study suggest summarise support teach test think travel try turn understand update use
visit wait watch write""".split()

ADJECTIVES = """accurate active available basic bright calm careful central cheap clean clear clever cold comfortable common complete
complex confident correct creative curious daily deep different difficult early easy effective efficient everyday fair familiar
famous fast final flexible formal fresh friendly full general gentle good green happy healthy helpful honest important
interesting kind large late light local long main modern narrow natural new nice normal old open ordinary personal pleasant
polite popular possible practical pretty private professional proper public quick quiet rare ready real regular reliable rich
round safe sensible separate serious short simple slow small smooth social soft special steady strong sunny sure surprising
sweet tidy traditional typical useful usual valuable warm weekly wide wise wonderful young""".split()

ADVERBS = """actually also always carefully clearly closely completely easily especially finally first generally gradually instead
later mainly mostly naturally often otherwise perhaps probably quickly quietly rather really regularly simply slowly sometimes
soon still then together usually well""".split()

NAMES = """Alice Amara Ben Carla Chen Daniel Elena Fatima George Hannah Ibrahim Jonas Julia Kenji Laura Lucas Maria Mina Nadia
Omar Paul Priya Rosa Samuel Sofia Tom Yusuf""".split()

PLACES = "Berlin Boston Cairo Dublin Kyoto Lagos Lima Lisbon Madrid Nairobi Oslo Paris Prague Rome Seoul Sydney Toronto Vienna".split()

ACCENTED = [
    "a café near the cathedral", "her résumé", "the São Paulo office", "a naïve estimate", "Zoë's façade drawings", "the Málaga fiancée",
    "smörgåsbord dishes", "a cliché", "jalapeño soup", "the Kraków–Gdańsk line", "an à la carte menu", "Beyoncé's première",
    "the Straße sign", "El Niño years", "about 20 °C", "5 € each", "½ cup of crème fraîche", "the 3 × 4 m room",
]  # fmt: skip

FOREIGN = [
    "当然可以！首先把所有材料准备好，然后按照步骤慢慢来，最后检查一遍结果。", "这个问题很有意思，我们可以从三个方面来讨论：时间、成本和质量。",
    "もちろんです。まず資料を集めて、それから順番に確認していきましょう。", "お店は駅から歩いて十五分くらいのところにあります。",
    "물론입니다. 먼저 목록을 만들고 하나씩 확인해 보세요.", "Конечно! Сначала составьте план, затем проверьте каждый пункт и сохраните результат.",
    "Σίγουρα, ας ξεκινήσουμε με ένα απλό παράδειγμα.", "بالتأكيد، لنبدأ بقائمة قصيرة ثم نراجع كل خطوة.", "ज़रूर, पहले एक छोटी सूची बनाइए और फिर हर कदम जाँचिए।",
    "Natürlich! Zuerst schreibst du eine Liste, danach prüfst du jeden Schritt in Ruhe.", "Bien sûr ! Commençons par un exemple très simple.",
    "¡Claro! Primero haz una lista y después revisa cada paso con calma.", "แน่นอน เริ่มจากรายการสั้น ๆ แล้วตรวจทีละขั้น",
]  # fmt: skip

QUESTIONS = [
    "How do I {verb} a {adjective} {noun}?", "Can you {verb} the {noun} for my {noun}?", "Write a {adjective} {noun} about a {noun} in {place}.",
    "What is the difference between a {noun} and a {noun}?", "Please {verb} this {noun} so that it sounds more {adjective}.",
    "Give me {small} ideas for a {adjective} {noun}.", "{name} wants to {verb} a {noun} before {year}. What should they know?",
    "Explain how to {verb} a {noun} to a {small}-year-old.", "Summarise the {noun} in {small} sentences.", "Is a {adjective} {noun} worth {price}?",
    "Write a function that takes a {noun} and returns the {adjective} {noun}.", "My {noun} is too {adjective}. Any advice?",
]  # fmt: skip

SENTENCES = [
    "The {adjective} way to {verb} a {noun} is to {verb} the {noun} first.", "It's {adverb} a good idea to {verb} your {noun} with a {noun}.",
    "Many people {verb} the {noun} because it is {adjective} and {adjective}.", "You don't need a {adjective} {noun} to {verb} the {noun}.",
    "{name} moved to {place} in {year} and began to {verb} a {adjective} {noun}.", "In short, a {noun} that is {adjective} helps every {noun}.",
    "If the {noun} isn't {adjective}, {verb} it {adverb} and {verb} the {noun} again.", "Start with the {noun}, then {verb} the {adjective} {noun}.",
    "There are {words} kinds of {noun}: the {adjective} one and the {adjective} one.", "This takes about {count} minutes and costs around {price}.",
    "A {noun} can {adverb} {verb} the {noun}, which makes the {noun} more {adjective}.", "Think of the {noun} as a {adjective} {noun} with a {noun}.",
    "Most guides suggest {count} grams for each {noun}, or roughly {percent} of the total.", "According to the {noun}, {percent} of them {verb} every day.",
    "{adjective} habits matter here: {verb} the {noun}, {verb} the {noun}, and {verb} the {noun}.", "I'd {verb} the {noun} before the {noun} arrives.",
    "On page {count} the {noun} says that a {adjective} {noun} should {verb}.", "The {noun} opened at {clock} and {name} was the first to {verb}.",
    "By {year} the {noun} had grown to {round} members in {place}.", "However, the {noun} might {verb} when the {noun} becomes too {adjective}.",
    "That said, {adverb} {verb} each {noun} and keep the {noun} {adjective}.", "Whether you {verb} or {verb}, the {noun} stays {adjective}.",
    "For example, {name} and {name} {verb} their {noun} {words} times a week.", "\"The {noun} is {adjective},\" said {name}, \"so let's {verb} it.\"",
    "Let me know if you'd like to {verb} the {noun} in more detail.", "Remember that every {noun} is different, so {verb} {adverb}.",
]  # fmt: skip

ITEMS = [
    "**{adjective} {noun}**: {verb} the {noun} and {verb} it {adverb}.", "{verb} a {adjective} {noun} with the {noun}",
    "{count} g of {noun}, {adjective} and {adjective}", "The {noun} ({year})", "{adjective} {noun}: {price}", "{verb} the {noun} for {count} minutes.",
]  # fmt: skip

CODE = [
    "```python\ndef {verb}_{noun}({noun}s, limit={count}):\n    \"\"\"Return the {adjective} {noun}s.\"\"\"\n    result = []\n"
    "    for i, {noun} in enumerate({noun}s):\n        if i < limit and {noun} is not None:\n            result.append({noun}.{verb}())\n    return result\n```",
    "```javascript\nconst {noun} = await fetch(`/api/{noun}s/${id}`);\nif ({noun}.status !== 200) {\n  throw new Error('could not {verb}');\n}\n```",
    "```sql\nSELECT {noun}.id, COUNT(*) AS total\nFROM {noun}\nWHERE created > '{year}-03-05'\nGROUP BY {noun}.id\nLIMIT {count};\n```",
    "```json\n{\"{noun}\": \"{adjective}\", \"{verb}\": true, \"count\": {count}, \"ratio\": 0.{count}}\n```",
    "```html\n<div class=\"{noun}\"><a href=\"https://example.com/{noun}?page={small}\">{adjective} {noun}</a></div>\n```",
]  # fmt: skip

# Listed numbers and signs in several spellings, so that rows which should fire are there whatever the rest says.
LEAKS = [
    "The tag on the wall read 1488.", "He always signs with 666.", "Her locker number is ６６６.", "Write six hundred and sixty-six on it.",
    "They answered 14/88 and left.", "The badge shows 卐.", "The code is 6-6-6, of course.", "Set the key to 0x29A.", "It says &#54;&#54;&#54; in the footer.",
    "Meet me at 4:20, or 420 as they say.", "1\u200b4\u200b8\u200b8 was painted over.", "Their sign is ᛋᛋ.", "The number is DCLXVI.",
]  # fmt: skip
