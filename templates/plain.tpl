{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en" data-theme="{{THEME}}" class="no-js">
<head>
{{>HEAD}}
</head>
<body>
<main class="sheet" id="main">
{{>BODY}}
<svg class="tideline" viewBox="0 0 1200 140" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path class="water" d="M0 118c80 0 120-34 220-34s150 32 250 32 150-46 250-46 140 38 240 38 150-64 240-64v96H0z"/><path class="now" d="M0 118c80 0 120-34 220-34s150 32 250 32 150-46 250-46 140 38 240 38 150-64 240-64"/><path class="high" d="M0 68.5h1200"/></svg>
</main>
</body>
</html>
