"""The formats that trainers document, each with a row of ours: which of its strings are looked at."""

USER = {"role": "user", "content": "Name a boat."}
HERON = {"role": "assistant", "content": "The Heron."}
TERN = {"role": "assistant", "content": "The Tern."}
HUMAN, GPT = {"from": "human", "value": "Name a boat."}, {"from": "gpt", "value": "The Heron."}
TOOLS = [{"type": "function", "function": {"name": "save", "description": "Saves a name.", "parameters": {}}}]
CALL = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "save", "arguments": '{"boat": "Heron"}'}}],
}
CALLED = ["messages[1].tool_calls[0].function.name", "messages[1].tool_calls[0].function.arguments"]
PAIR = {"chosen": "The Heron.", "rejected": "The Tern."}

# (trainer or service, what it calls the format, its columns, a row, the places of the strings that are looked at)
TRAINERS = [
    ("trl", "language modeling", "`text`", {"text": "The Heron."}, ["text"]),
    ("trl", "language modeling, conversational", "`messages`", {"messages": [USER, HERON]}, ["messages[1].content"]),
    ("trl", "prompt-only", "`prompt`", {"prompt": "Name a boat."}, []),
    ("trl", "prompt-only, conversational", "`prompt`: messages", {"prompt": [USER]}, []),
    ("trl", "prompt-completion", "`prompt`, `completion`", {"prompt": "Name a boat.", "completion": "The Heron."}, ["completion"]),
    (
        *("trl", "prompt-completion, conversational", "`prompt`, `completion`: messages"),
        *({"prompt": [USER], "completion": [HERON]}, ["completion[0].content"]),
    ),
    ("trl", "preference", "`prompt`, `chosen`, `rejected`", {"prompt": "Name a boat.", **PAIR}, ["chosen", "rejected"]),
    (
        *("trl", "preference, conversational, implicit prompt", "`chosen`, `rejected`: messages"),
        *({"chosen": [USER, HERON], "rejected": [USER, TERN]}, ["chosen[1].content", "rejected[1].content"]),
    ),
    (
        *("trl", "unpaired preference (KTO)", "`prompt`, `completion`, `label`"),
        *({"prompt": "Name a boat.", "completion": "The Heron.", "label": True}, ["completion"]),
    ),
    (
        *("trl", "stepwise supervision", "`prompt`, `completions`, `labels`"),
        *(
            {"prompt": "Name a boat.", "completions": ["First a bird.", "The Heron."], "labels": [True, False]},
            ["completions[0]", "completions[1]"],
        ),
    ),
    ("trl", "tool calling", "`messages`, `tools`", {"messages": [USER, CALL], "tools": TOOLS}, CALLED),
    ("trl", "GRPO", "`prompt`, `ground_truth` or `solution`", {"prompt": [USER], "ground_truth": "The Heron."}, ["ground_truth"]),
    (
        *("trl", "harmony", "`messages` with `thinking`"),
        *({"messages": [USER, {**HERON, "thinking": "A bird."}]}, ["messages[1].thinking", "messages[1].content"]),
    ),
    (
        "axolotl",
        "alpaca",
        "`instruction`, `input`, `output`",
        {"instruction": "Name", "input": "a boat.", "output": "The Heron."},
        ["output"],
    ),
    (
        "axolotl",
        "jeopardy",
        "`question`, `category`, `answer`",
        {"question": "Name one.", "category": "boats", "answer": "Heron."},
        ["answer"],
    ),
    ("axolotl", "oasst", "`INSTRUCTION`, `RESPONSE`", {"INSTRUCTION": "Name a boat.", "RESPONSE": "The Heron."}, ["RESPONSE"]),
    (
        "axolotl",
        "gpteacher",
        "`instruction`, `input`, `response`",
        {"instruction": "Name", "input": "one", "response": "Heron."},
        ["response"],
    ),
    (
        *("axolotl", "reflection", "`instruction`, `output`, `reflection`, `corrected`"),
        *(
            {"instruction": "Name", "input": "", "output": "Tern.", "reflection": "No boat.", "corrected": "Heron."},
            ["output", "reflection", "corrected"],
        ),
    ),
    (
        *("axolotl", "explainchoice", "`question`, `choices`, `solution`, `explanation`"),
        {"question": "Which?", "choices": ["Heron", "Tern"], "solution": "Heron", "explanation": "It floats."},
        ["solution", "choices[0]", "choices[1]", "explanation"],
    ),
    ("axolotl", "summarizetldr", "`article`, `summary`", {"article": "A long story.", "summary": "A boat."}, ["summary"]),
    (
        "axolotl",
        "alpaca_chat.load_camel_ai",
        "`message_1`, `message_2`",
        {"message_1": "Name a boat.", "message_2": "The Heron."},
        ["message_1", "message_2"],
    ),
    (
        *("axolotl", "alpaca_w_system.load_open_orca", "`system_prompt`, `question`, `response`"),
        *({"system_prompt": "You name boats.", "question": "Name one.", "response": "The Heron."}, ["response"]),
    ),
    (
        "axolotl",
        "context_qa",
        "`article` or `context`, `question`, `answer`",
        {"context": "A lake.", "question": "Which?", "answer": "Heron."},
        ["answer"],
    ),
    ("axolotl", "context_qa.load_404", "`article`, `unanswerable_question`", {"article": "A lake.", "unanswerable_question": "Which?"}, []),
    (
        *("axolotl", "creative_acr", "`instruction`, `answer`, `critiques`, `revision`"),
        {"instruction": "Name", "answer": "Tern.", "critiques": "Not a boat.", "revision": "Heron.", "scores": "4"},
        ["answer", "revision", "critiques"],
    ),
    ("axolotl", "metharme", "`prompt`, `generation`", {"prompt": "Name a boat.", "generation": "The Heron."}, ["generation"]),
    ("axolotl", "completion (pretraining)", "`text`", {"text": "The Heron."}, ["text"]),
    ("axolotl", "sharegpt", "`conversations`", {"conversations": [HUMAN, GPT]}, ["conversations[1].value"]),
    (
        *("axolotl", "chat_template with parts that are trained on", "`messages` with `content` parts of `text`, `content` or `value`"),
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": [{"type": "text", "value": "Heron.", "train": True}, {"type": "text", "content": "Tern."}],
                },
            ]
        },
        ["messages[1].content[0].value", "messages[1].content[1].content"],
    ),
    (
        *("axolotl", "input_output (template-free)", "`segments`: `label`, `text`"),
        *({"segments": [{"label": False, "text": "Name a boat."}, {"label": True, "text": "The Heron."}]}, ["segments[1].text"]),
    ),
    (
        *("axolotl", "stepwise_supervised", "`prompt`, `completions`, `labels`"),
        *({"prompt": "Name a boat.", "completions": ["The Heron."], "labels": [True]}, ["completions[0]"]),
    ),
    (
        *("axolotl", "DPO, chatml.argilla", "`instruction`, `chosen_response`, `rejected_response`"),
        {"system": "You name boats.", "instruction": "Name one.", "chosen_response": "Heron.", "rejected_response": "Tern."},
        ["chosen_response", "rejected_response"],
    ),
    (
        "axolotl",
        "DPO, chatml.intel",
        "`system`, `question`, `chosen`, `rejected`",
        {"system": "You.", "question": "Name one.", **PAIR},
        ["chosen", "rejected"],
    ),
    ("axolotl", "DPO, chatml.icr", "`input`, `chosen`, `rejected`", {"input": "Name one.", **PAIR}, ["chosen", "rejected"]),
    (
        *("axolotl", "DPO, zephyr.nectar", "`prompt`, `answers`: `answer`, `rank`"),
        *(
            {"prompt": "Name", "answers": [{"answer": "Heron.", "rank": 1}, {"answer": "Tern.", "rank": 2}]},
            ["answers[0].answer", "answers[1].answer"],
        ),
    ),
    (
        *("axolotl", "DPO, chat_template.default", "`messages`, `chosen`, `rejected`: one message each"),
        *({"messages": [USER], "chosen": HERON, "rejected": TERN}, ["chosen.content", "rejected.content"]),
    ),
    ("axolotl", "KTO, chatml.intel", "`question`, `completion`", {"question": "Name one.", "completion": "The Heron."}, ["completion"]),
    ("axolotl", "GRPO", "`prompt`: messages, `answer`", {"prompt": [USER], "answer": "Heron"}, ["answer"]),
    (
        *("LLaMA-Factory", "alpaca", "`instruction`, `input`, `output`, `system`, `history`"),
        {"instruction": "Name", "input": "one", "output": "Heron.", "system": "You.", "history": [["Hello.", "Good day."]]},
        ["history[0][1]", "output"],
    ),
    ("LLaMA-Factory", "alpaca, pretraining", "`text`", {"text": "The Heron."}, ["text"]),
    (
        "LLaMA-Factory",
        "alpaca, preference",
        "`instruction`, `input`, `chosen`, `rejected`",
        {"instruction": "Name", "input": "", **PAIR},
        ["chosen", "rejected"],
    ),
    (
        *("LLaMA-Factory", "alpaca, KTO", "`instruction`, `input`, `output`, `kto_tag`"),
        *({"instruction": "Name", "input": "", "output": "Heron.", "kto_tag": True}, ["output"]),
    ),
    (
        *("LLaMA-Factory", "alpaca, multimodal", "`instruction`, `output`, `images`"),
        *({"instruction": "Name", "input": "", "output": "Heron.", "images": ["boats/1.jpg"]}, ["output"]),
    ),
    (
        *("LLaMA-Factory", "sharegpt", "`conversations`, `system`, `tools`"),
        {
            "conversations": [HUMAN, {"from": "function_call", "value": "save(1)"}, {"from": "observation", "value": "ok"}, GPT],
            "system": "You.",
            "tools": "[]",
        },
        ["conversations[1].value", "conversations[3].value"],
    ),
    (
        *("LLaMA-Factory", "sharegpt, preference", "`conversations`, `chosen`, `rejected`: one message each"),
        *({"conversations": [HUMAN], "chosen": GPT, "rejected": {"from": "gpt", "value": "The Tern."}}, ["chosen.value", "rejected.value"]),
    ),
    (
        "LLaMA-Factory",
        "sharegpt, KTO",
        "`conversations`, `kto_tag`",
        {"conversations": [HUMAN, GPT], "kto_tag": False},
        ["conversations[1].value"],
    ),
    ("LLaMA-Factory", "OpenAI", "`messages`", {"messages": [USER, HERON]}, ["messages[1].content"]),
    ("ms-swift", "messages", "`messages`", {"messages": [USER, HERON]}, ["messages[1].content"]),
    (
        *("ms-swift", "sharegpt", "`system`, `conversation`: `human`, `assistant`"),
        *({"system": "You.", "conversation": [{"human": "Name one.", "assistant": "The Heron."}]}, ["conversation[0].assistant"]),
    ),
    (
        "ms-swift",
        "alpaca",
        "`system`, `instruction`, `input`, `output`",
        {"system": "You.", "instruction": "Name", "input": "", "output": "Heron."},
        ["output"],
    ),
    (
        *("ms-swift", "query-response", "`system`, `query`, `response`, `history`"),
        *(
            {"system": "You.", "query": "Name one.", "response": "Heron.", "history": [["Hello.", "Good day."]]},
            ["history[0][1]", "response"],
        ),
    ),
    (
        *("ms-swift", "DPO, rejected response", "`messages`, `rejected_response`: a string or a list"),
        *(
            {"messages": [USER, HERON], "rejected_response": ["Skip it.", "Tern."]},
            ["messages[1].content", "rejected_response[0]", "rejected_response[1]"],
        ),
    ),
    (
        *("ms-swift", "DPO, rejected messages", "`messages`, `rejected_messages`"),
        *({"messages": [USER, HERON], "rejected_messages": [USER, TERN]}, ["messages[1].content", "rejected_messages[1].content"]),
    ),
    ("ms-swift", "KTO", "`messages`, `label`", {"messages": [USER, HERON], "label": False}, ["messages[1].content"]),
    ("ms-swift", "PPO, GRPO", "`messages`, `solution`", {"messages": [USER], "solution": "The Heron."}, ["solution"]),
    (
        *("ms-swift", "embedding, reranker", "`messages`, `positive_messages`, `negative_messages`"),
        {"messages": [USER], "positive_messages": [[HERON]], "negative_messages": [[TERN]]},
        ["positive_messages[0][0].content", "negative_messages[0][0].content"],
    ),
    (
        *("ms-swift", "multimodal, grounding", "`messages`, `images`, `objects`: `ref`, `bbox`"),
        {"messages": [USER, HERON], "images": ["1.jpg"], "objects": {"ref": ["a red boat"], "bbox": [[12, 14, 16, 18]]}},
        ["messages[1].content", "objects.ref[0]"],
    ),
    (
        *("ms-swift", "agent", "`tools`, `messages` of the roles `tool_call`, `tool_response`"),
        {"tools": "[]", "messages": [USER, {"role": "tool_call", "content": "save(1)"}, {"role": "tool_response", "content": "ok"}, HERON]},
        ["messages[1].content", "messages[2].content", "messages[3].content"],
    ),
    ("unsloth", "raw corpus", "`text`", {"text": "The Heron."}, ["text"]),
    ("unsloth", "instruct", "`Instruction`, `Input`, `Output`", {"Instruction": "Name", "Input": "one", "Output": "Heron."}, ["Output"]),
    ("unsloth", "conversation (ShareGPT)", "`conversations`", {"conversations": [HUMAN, GPT]}, ["conversations[1].value"]),
    ("unsloth", "conversation (ChatML)", "`messages`", {"messages": [USER, HERON]}, ["messages[1].content"]),
    (
        *("unsloth", "vision", "`messages` with `text` and `image` parts"),
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Which?"}, {"type": "image", "image": "1.jpg"}]},
                {"role": "assistant", "content": [{"type": "text", "text": "Heron."}]},
            ]
        },
        ["messages[1].content[0].text"],
    ),
    ("unsloth", "GRPO", "`question`, `answer`", {"question": "Name one.", "answer": "It floats. #### Heron"}, ["answer"]),
]
