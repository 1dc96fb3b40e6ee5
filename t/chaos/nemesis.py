"""nemesis.py - kill -9 of one part or one process, by a seeded choice.

Every action ends with the part running again. Single processes are found by
their command line; what supervises them (nginx's master, multiwatch, the
postmaster, ./dev start) brings them back.
"""
import time

import lab as labs


def _title(pid):
    """The first word of the command line: a program, or its title."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().split(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return ""


def _parent(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as f:
            return int(f.read().rsplit(b")", 1)[1].split()[1])
    except OSError:
        return 0


def pids_of(lab, part, word):
    """Processes of a part whose program or title contains word; not the
    supervisor that has the program among its arguments, nor a child that one
    of them has for a moment, as consumers for mails and webhooks."""
    found = {p for p in lab.pids(part) if word in _title(p)}
    return sorted(p for p in found if _parent(p) not in found)


class Nemesis:
    def __init__(self, lab, note):
        self.lab = lab
        self.note = note
        self.counts = {}

    def _whole(self, part):
        self.lab.dev_status("kill", part)
        time.sleep(self.lab.rng.random() * 1.0)
        return self.lab.bring_back(part)

    def _single(self, part, word):
        pids = pids_of(self.lab, part, word)
        if not pids:
            return False
        labs.kill_pid(self.lab.rng.choice(pids))
        time.sleep(0.2)
        return self.lab.bring_back(part)

    def nginx(self):
        return self._whole("nginx")

    def nginx_worker(self):
        return self._single("nginx", "nginx: worker process")

    def ingest(self):
        return self._whole("ingest")

    def ingest_worker(self):
        return self._single("ingest", "tidemark-ingest")

    def web_worker(self):
        return self._single("web", "tidemark-web")

    def consumer(self):
        return self._whole("consumer")

    def consumer_single(self):
        return self._single("consumer", "tidemark-consumer")

    def redis(self):
        return self._whole("redis")

    def postgres(self):
        return self._whole("postgres")

    def backend(self):
        """One backend: the postmaster then restarts all of them."""
        end = time.monotonic() + 40  # consumers may be backing off just now
        while time.monotonic() < end:
            try:
                rows = self.lab.sql("SELECT pid FROM pg_stat_activity WHERE"
                                    " usename = 'tidemark_consumer'")
            except labs.DevError:
                rows = []
            if rows:
                labs.kill_pid(int(self.lab.rng.choice(rows)[0]))
                return self._postgres_answers()
            time.sleep(0.2)
        return False

    def postmaster(self):
        """The postmaster alone, its children are left as orphans."""
        pids = pids_of(self.lab, "postgres", "bin/postgres")
        if not pids:
            return False
        labs.kill_pid(pids[0])
        time.sleep(0.3)
        return self.lab.bring_back("postgres", tries=20)

    def _postgres_answers(self):
        end = time.monotonic() + 40
        while time.monotonic() < end:
            try:
                self.lab.value("SELECT 1")
                return True
            except labs.DevError:
                time.sleep(0.2)
        return False

    ACTIONS = ["nginx_worker", "ingest_worker", "consumer_single", "redis",
               "backend", "postmaster", "consumer", "postgres", "ingest",
               "nginx", "web_worker"]

    def rounds(self, count, pause):
        """count kills: each kind in turn in a shuffled order. Returns the
        actions after which the part did not come back."""
        failed = []
        order = []
        while len(order) < count:
            turn = list(self.ACTIONS)
            self.lab.rng.shuffle(turn)
            order += turn
        begin = time.monotonic()
        for name in order[:count]:
            time.sleep(pause[0] + self.lab.rng.random() *
                       (pause[1] - pause[0]))
            at = time.monotonic()
            back = getattr(self, name)()
            self.counts[name] = self.counts.get(name, 0) + 1
            self.note("t+%.1f kill -9 %s: %s after %.1f s" % (
                at - begin, name, "back" if back else "NOT BACK",
                time.monotonic() - at))
            if not back:
                failed.append(name)
        return failed
