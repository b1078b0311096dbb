"""The formats that services and makers of data sets document, each with a row of ours: which of its strings are looked at."""

from trainer_formats import CALL, CALLED, HERON, TERN, TOOLS, USER

DPO = {"input": {"messages": [USER], "tools": [], "parallel_tool_calls": True}, "preferred_output": [HERON], "non_preferred_output": [TERN]}
PREFERRED = ["preferred_output[0].content", "non_preferred_output[0].content"]


def bedrock(*parts):
    """A conversation as Amazon Bedrock has it, of which the model says these parts."""
    asked = {"role": "user", "content": [{"text": "Name a boat."}]}
    return {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "You name boats."}],
        "messages": [asked, {"role": "assistant", "content": list(parts)}],
    }


def gemini(*parts):
    """A conversation as Gemini has it, of which the model says these parts."""
    return {
        "systemInstruction": {"role": "system", "parts": [{"text": "You name boats."}]},
        "contents": [{"role": "user", "parts": [{"text": "Name a boat."}]}, {"role": "model", "parts": list(parts)}],
    }


# As in trainer_formats: (service, what it calls the format, its columns, a row, the places of the strings that are looked at)
SERVICES = [
    ("OpenAI", "supervised, chat", "`messages`", {"messages": [USER, {**HERON, "weight": 1}]}, ["messages[1].content"]),
    (
        "OpenAI",
        "supervised, tools",
        "`messages`, `tools`, `parallel_tool_calls`",
        {"messages": [USER, CALL], "tools": TOOLS, "parallel_tool_calls": False},
        CALLED,
    ),
    (
        *("OpenAI", "vision", "`messages` with `image_url` parts"),
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://boats.example/1.jpg"}}]}, HERON]},
        ["messages[1].content"],
    ),
    ("OpenAI", "preference (DPO)", "`input`: `messages`; `preferred_output`, `non_preferred_output`", DPO, PREFERRED),
    (
        *("OpenAI", "reinforcement", "`messages`, reference answers under any name"),
        *({"messages": [USER], "reference_answer": {"name": "The Heron."}}, ["reference_answer.name"]),
    ),
    ("OpenAI", "completions", "`prompt`, `completion`", {"prompt": "Name a boat.", "completion": " Heron."}, ["completion"]),
    ("Bedrock", "text", "`prompt`, `completion`", {"prompt": "Name a boat.", "completion": "The Heron."}, ["completion"]),
    ("Bedrock", "continued pretraining", "`input`", {"input": "The Heron."}, ["input"]),
    ("Bedrock", "images", "`image-ref`, `caption`", {"image-ref": "s3://boats/1.jpg", "caption": "The Heron."}, ["caption"]),
    (
        "Bedrock",
        "conversation",
        "`schemaVersion`, `system`, `messages` with `text` parts",
        bedrock({"text": "The Heron."}),
        ["messages[1].content[0].text"],
    ),
    (
        *("Bedrock", "conversation, tools", "parts `toolUse` and `toolResult`"),
        bedrock({"toolUse": {"toolUseId": "t1", "name": "save", "input": {"boat": "Heron"}}}),
        ["messages[1].content[0].toolUse.name", "messages[1].content[0].toolUse.input"],
    ),
    (
        *("Bedrock", "conversation, reasoning", "part `reasoningContent`"),
        bedrock({"reasoningContent": {"reasoningText": {"text": "A bird.", "signature": "c2ln"}}}, {"text": "Heron."}),
        ["messages[1].content[0].reasoningContent.reasoningText.text", "messages[1].content[1].text"],
    ),
    (
        *("Bedrock", "conversation, images", "parts `image`, `video`"),
        bedrock({"text": "Heron."}, {"image": {"format": "png", "source": {"bytes": "aGVyb24="}}}),
        ["messages[1].content[0].text"],
    ),
    (
        *("Bedrock", "Nova, preference", "`messages`, the last with `candidates`"),
        {
            "messages": [
                {"role": "user", "content": [{"text": "Name"}]},
                {"role": "assistant", "candidates": [{"content": [{"text": "Heron."}], "preferenceLabel": "preferred"}]},
            ]
        },
        ["messages[1].candidates[0].content[0].text", "messages[1].candidates[0].preferenceLabel"],
    ),
    ("Gemini", "supervised", "`systemInstruction`, `contents`: `parts`", gemini({"text": "The Heron."}), ["contents[1].parts[0].text"]),
    (
        *("Gemini", "function calling", "parts `functionCall`, `functionResponse`"),
        gemini({"functionCall": {"name": "save", "args": {"boat": "Heron"}}}),
        ["contents[1].parts[0].functionCall.name", "contents[1].parts[0].functionCall.args"],
    ),
    (
        *("Gemini", "files", "parts `fileData`, `inlineData`"),
        gemini({"text": "Heron."}, {"fileData": {"mimeType": "image/png", "fileUri": "gs://boats/1.png"}}),
        ["contents[1].parts[0].text"],
    ),
    (
        *("Gemini", "preference", "`contents`, `completions`: `score`, `completion`"),
        {
            "contents": gemini()["contents"][:1],
            "completions": [{"score": 1.0, "completion": {"role": "model", "parts": [{"text": "Heron."}]}}],
        },
        ["completions[0].completion.parts[0].text"],
    ),
    ("Mistral", "chat", "`messages`", {"messages": [USER, {**HERON, "weight": 0}]}, ["messages[1].content"]),
    ("Mistral", "function calling", "`messages`, `tools`", {"messages": [USER, CALL], "tools": TOOLS}, CALLED),
    ("Mistral", "pretraining", "`text`", {"text": "The Heron."}, ["text"]),
    (
        *("Mistral", "reasoning", "`messages` with `thinking` parts"),
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": [{"type": "text", "text": "A bird."}]},
                        {"type": "text", "text": "Heron."},
                    ],
                },
            ]
        },
        ["messages[1].content[0].thinking[0].text", "messages[1].content[1].text"],
    ),
    ("Together", "conversational", "`messages`", {"messages": [USER, HERON]}, ["messages[1].content"]),
    ("Together", "instruction", "`prompt`, `completion`", {"prompt": "Name a boat.", "completion": "The Heron."}, ["completion"]),
    ("Together", "generic text", "`text`", {"text": "The Heron."}, ["text"]),
    ("Together", "preference", "`input`: `messages`; `preferred_output`, `non_preferred_output`", DPO, PREFERRED),
    ("Fireworks", "chat", "`messages`", {"messages": [USER, {**HERON, "weight": 1}]}, ["messages[1].content"]),
    (
        "Fireworks",
        "chat, reasoning",
        "`messages` with `reasoning_content`",
        {"messages": [USER, {**HERON, "reasoning_content": "A bird."}]},
        ["messages[1].reasoning_content", "messages[1].content"],
    ),
    ("Fireworks", "preference (DPO)", "`input`: `messages`; `preferred_output`, `non_preferred_output`", DPO, PREFERRED),
    ("Fireworks", "reinforcement", "`messages`, `ground_truth`", {"messages": [USER], "ground_truth": "The Heron."}, ["ground_truth"]),
    (
        *("Anthropic", "messages", "`system`, `messages` with `thinking`, `tool_use` and `tool_result` parts"),
        {
            "system": "You name boats.",
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": [{"type": "thinking", "thinking": "A bird."}, {"type": "tool_use", "id": "t", "name": "save", "input": {}}],
                },
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "ok"}]}]},
            ],
        },
        ["messages[1].content[0].thinking", "messages[1].content[1].name", "messages[1].content[1].input"],
    ),
    (
        "Cohere",
        "chat",
        "`messages` of the roles `User`, `Chatbot`",
        {"messages": [{"role": "User", "content": "Name"}, {"role": "Chatbot", "content": "Heron."}]},
        ["messages[1].content"],
    ),
    (
        "Databricks",
        "Dolly",
        "`instruction`, `context`, `response`, `category`",
        {"instruction": "Name", "context": "", "response": "Heron.", "category": "open_qa"},
        ["response"],
    ),
    (
        *("distilabel", "generation", "`system_prompt`, `instruction`, `generation`, `model_name`"),
        *({"system_prompt": "You.", "instruction": "Name", "generation": "Heron.", "model_name": "m"}, ["generation"]),
    ),
    ("distilabel", "Magpie", "`conversation`", {"conversation": [USER, HERON]}, ["conversation[1].content"]),
    (
        *("distilabel", "UltraFeedback", "`instruction`, `completions`: `model`, `response`"),
        *(
            {"instruction": "Name", "completions": [{"model": "m", "response": "Heron."}]},
            ["completions[0].model", "completions[0].response"],
        ),
    ),
    ("UltraChat", "rounds", "`data`: a list of strings", {"data": ["Name a boat.", "The Heron."]}, ["data[0]", "data[1]"]),
    (
        *("verl", "reinforcement", "`prompt`: messages, `reward_model`: `ground_truth`"),
        *(
            {"data_source": "boats", "prompt": [USER], "ability": "naming", "reward_model": {"style": "rule", "ground_truth": "Heron"}},
            ["reward_model.style", "reward_model.ground_truth"],
        ),
    ),
]
