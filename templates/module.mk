templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = templates/brand.tpl templates/design.tpl \
	templates/error.tpl templates/events.tpl templates/figure.tpl \
	templates/head.tpl templates/home.tpl templates/layout.tpl templates/note.tpl \
	templates/login.tpl templates/onboarding.tpl templates/overview.tpl \
	templates/plain.tpl templates/settings.tpl templates/theme.tpl
