/* snippets.c - see snippets.h. */
#include "web/page/snippets.h"

#include "base/buf.h"
#include "base/str.h"

const struct snippet snippets[] = {
	{ "curl", "curl", "Answers 202 with accepted: 1.",
	  "curl -X POST @URL@/api/v1/events \\\n"
	  "  -H 'Authorization: Bearer @KEY@' \\\n"
	  "  -H 'Content-Type: application/json' \\\n"
	  "  -d '{\"event\":\"first_event\",\"user_id\":\"me\",\n"
	  "       \"properties\":{\"from\":\"curl\"}}'\n" },
	{ "flutter", "Flutter", "Uses package:http. Call it once after the first frame.",
	  "import 'dart:convert';\n"
	  "import 'package:http/http.dart' as http;\n\n"
	  "Future<void> track(String event, Map<String, Object?> properties) =>\n"
	  "    http.post(\n"
	  "      Uri.parse('@URL@/api/v1/events'),\n"
	  "      headers: {\n"
	  "        'Authorization': 'Bearer @KEY@',\n"
	  "        'Content-Type': 'application/json',\n"
	  "      },\n"
	  "      body: jsonEncode({\n"
	  "        'event': event,\n"
	  "        'user_id': 'me',\n"
	  "        'timestamp': DateTime.now().toUtc().toIso8601String(),\n"
	  "        'properties': properties,\n"
	  "      }),\n"
	  "    );\n\n"
	  "track('first_event', {'from': 'flutter'});\n" },
	{ "js", "JavaScript", "Works in browsers, Node and React Native.",
	  "await fetch(\"@URL@/api/v1/events\", {\n"
	  "  method: \"POST\",\n"
	  "  keepalive: true,\n"
	  "  headers: {\n"
	  "    Authorization: \"Bearer @KEY@\",\n"
	  "    \"Content-Type\": \"application/json\",\n"
	  "  },\n"
	  "  body: JSON.stringify({\n"
	  "    event: \"first_event\",\n"
	  "    user_id: \"me\",\n"
	  "    timestamp: new Date().toISOString(),\n"
	  "    properties: { from: \"javascript\" },\n"
	  "  }),\n"
	  "});\n" },
	{ "python", "Python", "Standard library only.",
	  "import json, urllib.request\n\n"
	  "urllib.request.urlopen(urllib.request.Request(\n"
	  "    \"@URL@/api/v1/events\",\n"
	  "    data=json.dumps({\n"
	  "        \"event\": \"first_event\",\n"
	  "        \"user_id\": \"me\",\n"
	  "        \"properties\": {\"from\": \"python\"},\n"
	  "    }).encode(),\n"
	  "    headers={\n"
	  "        \"Authorization\": \"Bearer @KEY@\",\n"
	  "        \"Content-Type\": \"application/json\",\n"
	  "    },\n"
	  "))\n" },
	{ "go", "Go", "Standard library only.",
	  "package main\n\n"
	  "import (\n\t\"net/http\"\n\t\"strings\"\n)\n\n"
	  "func main() {\n"
	  "\tbody := strings.NewReader(`{\"event\":\"first_event\",\"user_id\":\"me\",\n"
	  "\t\t\"properties\":{\"from\":\"go\"}}`)\n"
	  "\treq, _ := http.NewRequest(\"POST\", \"@URL@/api/v1/events\", body)\n"
	  "\treq.Header.Set(\"Authorization\", \"Bearer @KEY@\")\n"
	  "\treq.Header.Set(\"Content-Type\", \"application/json\")\n"
	  "\tres, err := http.DefaultClient.Do(req)\n"
	  "\tif err != nil {\n\t\tpanic(err)\n\t}\n"
	  "\tres.Body.Close()\n"
	  "}\n" },
};
const size_t nsnippets = NELEM(snippets);

/* Without the scheme. */
static struct str
host_of(const char *url)
{
	const char *p = strstr(url, "://");
	return str_of(p != NULL ? p + 3 : url);
}

struct str
snippet_fill(struct task *t, const struct snippet *s, const char *url, struct str key,
             struct str env)
{
	const struct {
		struct str mark, value;
	} MARKS[] = { { STR("@URL@"), str_of(url) }, { STR("@KEY@"), key }, { STR("@ENV@"), env },
		      { STR("@HOST@"), host_of(url) } };
	struct buf b = BUF_INIT;
	struct str rest = str_of(s->text);
	while (rest.n > 0) {
		size_t i = 0;
		while (i < NELEM(MARKS) && !str_starts(rest, MARKS[i].mark))
			i++;
		if (i < NELEM(MARKS)) {
			buf_add(&b, MARKS[i].value);
			rest = str_slice(rest, MARKS[i].mark.n, rest.n);
		} else {
			buf_putc(&b, rest.p[0]);
			rest = str_slice(rest, 1, rest.n);
		}
	}
	struct str out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return out;
}
