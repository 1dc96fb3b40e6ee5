{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{SUBJECT}}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
	.tm-paper { background: #0d1319 !important; color: #e6edf3 !important; }
	.tm-two { color: #a7b4c0 !important; }
	.tm-link { color: #56c7c9 !important; }
	.tm-act { background: #56c7c9 !important; color: #06181a !important; }
	.tm-rule { border-color: #202c37 !important; }
	.tm-high { border-color: #73828f !important; }
	.tm-water { background: #56c7c9 !important; }
}
</style>
</head>
<body class="tm-paper" style="margin:0;padding:0;background:#faf9f6;color:#15202b">
<table class="tm-paper" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#faf9f6;color:#15202b"><tr><td align="center" style="padding:32px 20px 40px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px"><tr><td align="left" style="font-family:'IBM Plex Sans','Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:15px;line-height:23px">
<p style="margin:0;font-size:15px;line-height:20px;font-weight:600">Tidemark</p>
<div class="tm-high" style="margin:10px 0 0;border-top:1px dashed #8b959c;font-size:1px;line-height:1px">&nbsp;</div>
<div class="tm-water" style="margin:3px 0 28px;width:100%;height:2px;background:#0b6b73;font-size:1px;line-height:2px">&nbsp;</div>
{{>BODY}}
<p class="tm-two" style="margin:12px 0 0;color:#4a5865;font-size:13px;line-height:20px">Tidemark at {{HOST}}. Links in our mails lead there and nowhere else.</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
