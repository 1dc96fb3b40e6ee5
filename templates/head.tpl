{{%AUTOESCAPE context="HTML"}}
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE}}{{#OF}} · {{NAME}}{{/OF}} · Tidemark</title>
<meta name="robots" content="noindex">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f3f1ec">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0a0f14">
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="preload" href="/static/fonts/ibm-plex-sans-latin-400-normal.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="/static/tokens.css?v={{VERSION}}">
<link rel="stylesheet" href="/static/app.css?v={{VERSION}}">
<link rel="stylesheet" href="/static/explore.css?v={{VERSION}}">
<script src="/static/app.js?v={{VERSION}}" defer></script>
