{{%AUTOESCAPE context="HTML"}}
<div class="social" role="group" aria-label="Other ways to sign in">
{{#PROVIDER}}<a class="button" href="{{URL}}">{{#GITHUB}}<svg class="mark" aria-hidden="true" viewBox="0 0 16 16" width="16" height="16"><path fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" d="M3.5 6.2V2.8l2.4 1.3a7 7 0 0 1 4.2 0l2.4-1.3v3.4c.6.7.8 1.5.8 2.2 0 2.7-2.2 3.9-5.3 3.9S2.7 11.1 2.7 8.4c0-.7.2-1.5.8-2.2zM5.8 8.3v.7M10.2 8.3v.7"/></svg>{{/GITHUB}}{{#GOOGLE}}<svg class="mark" aria-hidden="true" viewBox="0 0 16 16" width="16" height="16"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="square" d="M12.2 4.2A5.6 5.6 0 1 0 13.6 8H8.6"/></svg>{{/GOOGLE}}<span>Continue with {{TITLE}}</span></a>
{{/PROVIDER}}
</div>
<p class="or" aria-hidden="true"><span>or</span></p>
