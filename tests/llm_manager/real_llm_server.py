"""llama.cpp's OpenAI-compatible server, run by the engine's own Python (see real_llm.py).

usage: real_llm_server.py MODEL.gguf KEY        prints its port, ends with its standard input
"""

import sys

import xllamacpp

CONTEXT = 4096
ALIAS = "qwen"


def serve(model: str, key: str) -> None:
    wanted = xllamacpp.CommonParams()
    wanted.model.path = model
    wanted.model_alias = {ALIAS}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.api_keys = [key]
    wanted.n_ctx = CONTEXT
    wanted.n_parallel = 1
    wanted.offline = True
    wanted.ui = False
    # Where others work too, threads that wait for each other make it four times slower.
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(wanted)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(*sys.argv[1:3])
