{{%AUTOESCAPE context="HTML"}}
<svg class="face" viewBox="0 0 64 64" width="64" height="64" role="img" aria-label="{{NAME}}"><rect width="64" height="64" rx="7" class="face-back"></rect><text x="32" y="40" text-anchor="middle" class="face-text">{{INITIALS}}</text></svg>
