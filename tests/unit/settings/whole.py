"""In: nothing. Out: an environment in which every command finds what it needs.
Tests take from it and break it; the values are nobody's.
Promise: it loads, in mode apply.
"""

TENANT = "11111111-1111-4111-8111-111111111111"
INGRID = "33333333-3333-4333-8333-333333333333"
MART = "44444444-4444-4444-8444-444444444444"

WHOLE = {
    "DIRSYNC_MODE": "apply",
    "DIRSYNC_TENANT_ID": TENANT,
    "DIRSYNC_ENTRA__CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "DIRSYNC_ENTRA__CLIENT_SECRET": "canary-entra-secret",
    "DIRSYNC_FORESTS__CORP__HOST": "dc1.contoso.com",
    "DIRSYNC_FORESTS__CORP__BASE_DN": "DC=contoso,DC=com",
    "DIRSYNC_FORESTS__CORP__USER": "reader@contoso.com",
    "DIRSYNC_FORESTS__CORP__PASSWORD": "canary-read-password",
    "DIRSYNC_FORESTS__CORP__WRITE_USER": "writer@contoso.com",
    "DIRSYNC_FORESTS__CORP__WRITE_PASSWORD": "canary-write-password",
    "DIRSYNC_FORESTS__CORP__ALLOWED_OUS": "OU=People,DC=contoso,DC=com;OU=Groups,DC=contoso,DC=com",
    "DIRSYNC_SLACK__BOT_TOKEN": "xoxb-canary-bot",
    "DIRSYNC_SLACK__APP_TOKEN": "xapp-canary-app",
    "DIRSYNC_SLACK__CHANNEL": "C0123456789",
    "DIRSYNC_SLACK__TEAM": "T0123456789",
    "DIRSYNC_SLACK__APPROVERS": f"U0INGRID01={INGRID};U0MART0001={MART}",
    "DIRSYNC_REDIS__URL": "redis://dirsync@127.0.0.1:6379/0",
    "DIRSYNC_REDIS__PASSWORD": "canary-redis-password",
}
