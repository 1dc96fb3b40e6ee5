{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en" data-theme="{{THEME}}" class="no-js">
<head>
{{>HEAD}}
</head>
<body>
<main class="sheet" id="main">
{{>BODY}}
</main>
</body>
</html>
