{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en" data-theme="light" class="no-js">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{NAME}} · {{PROJECT}}, {{ENV}} · Tidemark</title>
</head>
<body>
<main class="main review-file">
<div class="page-head"><p class="up">Tidemark</p><h1>{{NAME}}</h1><p>{{PROJECT}}, {{ENV}}. {{RANGE}}, days of {{ZONE}}. Made {{WHEN}}.</p></div>
{{>REVIEW}}
</main>
</body>
</html>
