/*
 * view_ctemplate.cc - view.h over ctemplate 2.4, the only user of it.
 *
 * Dictionaries are ctemplate's own; a per-page root owns every wrapper, so
 * one clean-up at task_reset() frees the page. Exceptions are caught at each
 * entry and remembered in the root.
 */
#include <ctemplate/per_expand_data.h>
#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>
#include <ctemplate/template_emitter.h>

#include <dirent.h>

#include <algorithm>
#include <cctype>
#include <cstdarg>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "base/buf.h"
#include "base/task.h"
}
#include "view/view.h"

namespace ct = ctemplate;

static const char FIRST_LINE[] = "{{%AUTOESCAPE context=\"HTML\"}}";
/* A text template writes values as they are; the line says that it is meant. */
static const char FIRST_LINE_TEXT[] = "{{!TEXT}}";
static const char HOSTILE[] = "\"'><script>tm</script>&`javascript:tm(1)";

struct view {
	std::unique_ptr<ct::TemplateCache> cache;
	std::string dir;
	size_t count;
};

struct root;
struct dict {
	ct::TemplateDictionary *d;
	struct root *root;
};

struct root {
	ct::TemplateDictionary top{ "page" };
	std::deque<struct dict> all;
	bool failed = false;
	bool text = false, html = false; /* kinds of the templates included */
};

static bool
is_text(const std::string &file)
{
	static const char END[] = ".txt.tpl";
	size_t n = sizeof END - 1;
	return file.size() > n && file.compare(file.size() - n, n, END) == 0;
}

/* Blank lines count in a text, and are only bytes in HTML. */
static ct::Strip
strip_of(const std::string &file)
{
	return is_text(file) ? ct::DO_NOT_STRIP : ct::STRIP_BLANK_LINES;
}

static ct::TemplateString
tstr(struct str s)
{
	return ct::TemplateString(s.p != nullptr ? s.p : "", s.n);
}

/* Append to a struct buf: no copy through std::string. */
class buf_emitter : public ct::ExpandEmitter {
public:
	explicit buf_emitter(struct buf *b) : out(b) {}
	void Emit(char c) override { buf_putc(out, c); }
	void Emit(const std::string &s) override { add(s.data(), s.size()); }
	void Emit(const char *s) override { buf_puts(out, s); }
	void Emit(const char *s, size_t n) override { add(s, n); }

private:
	void
	add(const char *p, size_t n)
	{
		buf_add(out, (struct str){ p, n });
	}
	struct buf *out;
};

/*
 * Answers every marker with hostile text and shows every section once, so
 * that each path of a template is walked. A marker that ends in _SVG is our
 * own drawing (view/chart escapes it) and is the only one that may be raw.
 * {{>CHART}} is taken as "chart.tpl"; a marker without such a file is hidden.
 */
class hostile : public ct::TemplateDictionaryInterface {
public:
	hostile(const std::vector<std::string> *files, int level)
	    : names(files), depth(level)
	{
	}

protected:
	ct::TemplateString
	GetValue(const ct::TemplateString &name) const override
	{
		std::string n(name.data(), name.size());
		if (n.size() > 4 && n.compare(n.size() - 4, 4, "_SVG") == 0)
			return ct::TemplateString("<svg></svg>");
		return ct::TemplateString(HOSTILE);
	}
	bool IsHiddenSection(const ct::TemplateString &) const override { return false; }
	bool IsUnhiddenSection(const ct::TemplateString &) const override { return true; }
	bool
	IsHiddenTemplate(const ct::TemplateString &name) const override
	{
		return depth > 3 || file_of(name) == nullptr;
	}
	const char *
	GetIncludeTemplateName(const ct::TemplateString &name, int) const override
	{
		return file_of(name);
	}
	void DumpToString(std::string *, int) const override {}

	class once : public Iterator {
	public:
		once(const std::vector<std::string> *f, int level)
		    : next(new hostile(f, level))
		{
		}
		bool HasNext() const override { return !done; }
		const TemplateDictionaryInterface &
		Next() override
		{
			done = true;
			return *next;
		}

	private:
		std::unique_ptr<TemplateDictionaryInterface> next;
		bool done = false;
	};
	Iterator *
	CreateTemplateIterator(const ct::TemplateString &) const override
	{
		return new once(names, depth + 1);
	}
	Iterator *
	CreateSectionIterator(const ct::TemplateString &) const override
	{
		return new once(names, depth);
	}

private:
	const char *
	file_of(const ct::TemplateString &name) const
	{
		std::string want(name.data(), name.size());
		for (char &c : want)
			c = c == '_' ? '-' : (char)std::tolower((unsigned char)c);
		want += ".tpl";
		for (const std::string &f : *names)
			if (f == want)
				return f.c_str();
		return nullptr;
	}
	const std::vector<std::string> *names;
	int depth;
};

static enum err
list_templates(struct task *t, const char *dir, std::vector<std::string> *out)
{
	DIR *d = opendir(dir);
	if (d == nullptr)
		return task_fail(t, E_CONFIG, "template directory %s cannot be read", dir);
	while (const struct dirent *e = readdir(d)) {
		std::string name = e->d_name;
		if (name.size() > 4 && name.compare(name.size() - 4, 4, ".tpl") == 0)
			out->push_back(name);
	}
	closedir(d);
	std::sort(out->begin(), out->end());
	if (out->empty())
		return task_fail(t, E_CONFIG, "no templates in %s", dir);
	return E_OK;
}

/* The first line names the kind of file that its name promises. */
static enum err
prove_first_line(struct task *t, const struct view *v, const std::string &name)
{
	std::string first, want = is_text(name) ? FIRST_LINE_TEXT : FIRST_LINE;
	std::ifstream in(v->dir + "/" + name);
	std::getline(in, first);
	if (first.compare(0, want.size(), want) != 0)
		return task_fail(t, E_CONFIG, "template %s does not begin with %s",
		    name.c_str(), want.c_str());
	return E_OK;
}

static enum err
prove_template(struct task *t, struct view *v, const std::string &name,
               const std::vector<std::string> &all)
{
	enum err e = prove_first_line(t, v, name);
	std::string text;
	ct::StringEmitter emit(&text);
	hostile dictionary(&all, 0);
	if (e != E_OK)
		return e;
	if (!v->cache->ExpandNoLoad(name, strip_of(name), &dictionary, nullptr, &emit))
		return task_fail(t, E_CONFIG, "template %s does not expand", name.c_str());
	if (is_text(name)) {
		/* values as they are, and no part of another template */
		if (text.find("&quot;") != std::string::npos ||
		    text.find("&lt;") != std::string::npos || text.find('<') < text.find(HOSTILE))
			return task_fail(t, E_CONFIG, "template %s is not a text", name.c_str());
		return E_OK;
	}
	if (text.find("<script>tm") != std::string::npos ||
	    text.find("=\"javascript:") != std::string::npos ||
	    text.find("\"'>") != std::string::npos)
		return task_fail(t, E_CONFIG, "template %s lets a value through unescaped",
		    name.c_str());
	return E_OK;
}

static enum err
open_all(struct task *t, const char *dir, struct view *v)
{
	std::vector<std::string> names;
	enum err e = list_templates(t, dir, &names);
	if (e != E_OK)
		return e;
	v->dir = dir;
	v->cache.reset(new ct::TemplateCache());
	v->cache->SetTemplateRootDirectory(v->dir);
	for (const std::string &n : names)
		if (!v->cache->LoadTemplate(n, strip_of(n)))
			return task_fail(t, E_CONFIG, "template %s does not parse", n.c_str());
	v->cache->Freeze();
	for (const std::string &n : names)
		if ((e = prove_template(t, v, n, names)) != E_OK)
			return e;
	v->count = names.size();
	return E_OK;
}

extern "C" enum err
view_open(struct task *t, const char *dir, struct view **out)
{
	*out = nullptr;
	try {
		std::unique_ptr<struct view> v(new struct view());
		enum err e = open_all(t, dir, v.get());
		if (e == E_OK)
			*out = v.release();
		return e;
	} catch (...) {
		return task_fail(t, E_INTERNAL, "the templates of %s could not be loaded", dir);
	}
}

extern "C" void
view_close(struct view *v)
{
	delete v;
}

extern "C" size_t
view_count(const struct view *v)
{
	return v->count;
}

static void
root_free(void *p)
{
	delete static_cast<struct root *>(p);
}

static struct dict *
wrap(struct root *r, ct::TemplateDictionary *d)
{
	r->all.push_back({ d, r });
	return &r->all.back();
}

extern "C" struct dict *
dict_new(struct task *t)
{
	struct root *r = new (std::nothrow) struct root();
	ASSERT(r != nullptr);
	arena_defer(t->arena, root_free, r);
	return wrap(r, &r->top);
}

extern "C" void
dict_str(struct dict *d, const char *name, struct str value)
{
	try {
		d->d->SetValue(name, tstr(value));
	} catch (...) {
		d->root->failed = true;
	}
}

extern "C" void
dict_set(struct dict *d, const char *name, const char *value)
{
	dict_str(d, name, (struct str){ value, value != nullptr ? strlen(value) : 0 });
}

extern "C" void
dict_i64(struct dict *d, const char *name, int64_t value)
{
	dict_printf(d, name, "%lld", (long long)value);
}

extern "C" void
dict_printf(struct dict *d, const char *name, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	char *p = buf_reserve(&b, 512);
	int n = vsnprintf(p, 512, fmt, ap);
	va_end(ap);
	if (n > 511) {
		va_start(ap, fmt);
		p = buf_reserve(&b, (size_t)n + 1);
		n = vsnprintf(p, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	dict_str(d, name, (struct str){ p, n > 0 ? (size_t)n : 0 });
	buf_release(&b);
}

extern "C" void
dict_show(struct dict *d, const char *section)
{
	try {
		d->d->ShowSection(section);
	} catch (...) {
		d->root->failed = true;
	}
}

extern "C" void
dict_show_if(struct dict *d, const char *section, bool on)
{
	if (on)
		dict_show(d, section);
}

extern "C" struct dict *
dict_row(struct dict *d, const char *section)
{
	try {
		return wrap(d->root, d->d->AddSectionDictionary(section));
	} catch (...) {
		d->root->failed = true;
		return d;
	}
}

extern "C" struct dict *
dict_include(struct dict *d, const char *marker, const char *file)
{
	try {
		ct::TemplateDictionary *child = d->d->AddIncludeDictionary(marker);
		child->SetFilename(file);
		(is_text(file) ? d->root->text : d->root->html) = true;
		return wrap(d->root, child);
	} catch (...) {
		d->root->failed = true;
		return d;
	}
}

extern "C" enum err
view_render(struct task *t, struct view *v, const char *file, struct dict *d,
            struct buf *out)
{
	size_t before = out->n;
	try {
		buf_emitter emit(out);
		/* a text inside a page would be a way around the escaping */
		bool mixed = is_text(file) ? d->root->html : d->root->text;
		if (!d->root->failed && !mixed &&
		    v->cache->ExpandNoLoad(file, strip_of(file), d->d, nullptr, &emit))
			return E_OK;
	} catch (...) {
		/* reported below */
	}
	out->n = before;
	return task_fail(t, E_INTERNAL, "template %s could not be expanded", file);
}
