"""stores - a private PostgreSQL (pg-start.sh) and Redis, for tests that run our
programs without a stack, and the environment in which those find them."""
import os
import shutil
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START = os.path.join(TOP, "t/lib/pg-start.sh")


class Redis:
    """At folder/redis.sock; forgets all with stop(), unless the options say otherwise."""

    def __init__(self, folder, *options):
        self.folder, self.options = folder, options or ("--save", "")
        self.socket = os.path.join(folder, "redis.sock")
        self.start()

    def start(self):
        self.p = subprocess.Popen(
            ["redis-server", "--port", "0", "--dir", self.folder, "--unixsocket", self.socket,
             "--logfile", "/dev/null", *self.options], stdout=subprocess.DEVNULL)
        for _ in range(500):
            if subprocess.run(["redis-cli", "-s", self.socket, "ping"],
                              capture_output=True).stdout == b"PONG\n":
                return
            time.sleep(0.02)
        self.stop()
        raise RuntimeError("Redis did not start")

    def stop(self):
        self.p.kill()
        self.p.wait()


class Stores:
    """Both, from `with` to its end: env, folder (a temporary one), pg (the
    cluster's, where its socket is), redis. The schema is not in it yet."""

    def __init__(self, name, *redis, **more):
        self.folder = tempfile.mkdtemp(prefix="tidemark-%s." % name)
        self.env = {"PATH": os.environ["PATH"], "TIDEMARK_MASTER_KEY": "ab" * 32,
                    "TIDEMARK_CONF": os.path.join(self.folder, "none.conf"),
                    "TIDEMARK_SQL_DIR": os.path.join(TOP, "sql"),
                    "TIDEMARK_TEMPLATE_DIR": os.path.join(TOP, "templates"),
                    "TIDEMARK_STATIC_DIR": os.path.join(TOP, "static")}
        open(self.env["TIDEMARK_CONF"], "w").close()
        out = subprocess.run([START, "start"], capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            key, value = line.split(";")[0].split("=", 1)
            self.env[key] = value.strip("'")
        self.pg = self.env.pop("PG_DIR")
        self.redis = Redis(self.folder, *redis)
        self.env.update(TIDEMARK_REDIS_SOCKET=self.redis.socket, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.redis.stop()
        subprocess.run([START, "stop", self.pg], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
