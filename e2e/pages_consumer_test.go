package e2e

import (
	"net/url"
	"regexp"
)

// pagesOfConsumer are the pages of the consumer.
func pagesOfConsumer() []page {
	try := func(path string) func(*guest) {
		return func(v *guest) { v.open("https://" + tryHost + path) }
	}
	sent := func(path, button string, fields ...string) func(*guest) {
		return func(v *guest) {
			v.open("https://" + tryHost + path)
			v.send(button, fields...)
		}
	}
	all := []page{
		{name: "home", route: "/", sees: "Try an OAuth 2 provider", shows: "The start page of the consumer."},
		{name: "link", route: "/consumer/", sees: "authorization link", shows: "The form for an authorization link."},
		{name: "link-ready", route: "/consumer/", sees: "Your authorization link", open: func(v *guest) {
			sent("/consumer/", "main form button.primary", "client_id", v.w.apps["try"].ID)(v)
		}, shows: "The authorization link."},
		{name: "push", route: "/consumer/push/", sees: "Push an authorization request", shows: "A pushed authorization request."},
		{name: "pushed", route: "/consumer/push/", sees: "Use the reference twice", open: func(v *guest) {
			sent("/consumer/push/", "main form button.primary", "client_id", v.w.apps["try"].ID, "client_secret", v.w.secrets["try"])(v)
		}, shows: "The answer to a pushed authorization request."},
		{name: "exchange", route: "/consumer/exchange/", sees: "There is no code to exchange yet", shows: "The exchange of a code, before there is one."},
		{name: "exchange-foreign", route: "/consumer/exchange/", sees: "does not belong to this browser", open: try("/consumer/exchange/?code=x&state=forged"), shows: "A response that another browser requested."},
		{name: "exchange-denied", route: "/consumer/exchange/", user: "nora", sees: "Permission was not given", open: func(v *guest) {
			sent("/consumer/", "main form button.primary", "client_id", v.w.apps["try"].ID)(v)
			v.goTo("#authorization-link")
			v.sendAway("button[value=cancel]")
			v.arrive("a[href='/consumer/exchange/'][aria-current]")
		}, shows: "The explanation of an error of the provider."},
		{name: "exchange-code", route: "/consumer/exchange/", user: "nora", sees: "Exchange the code", scripted: true, open: func(v *guest) {
			sent("/consumer/", "main form button.primary", "client_id", v.w.apps["try"].ID)(v)
			v.goTo("#authorization-link")
			v.sendAway("button[value=authorize]", "allow", "yes")
			v.arrive("a[href='/consumer/exchange/'][aria-current]")
		}, shows: "The exchange of a code."},
		{name: "tokens", route: "/consumer/done/", sees: "There are no tokens yet", scripted: true, shows: "The page of tokens, before there are any."},
		{name: "id-token", route: "/consumer/id-token/", sees: "ID token", scripted: true, shows: "The checks of an ID token."},
		{name: "renew", route: "/consumer/renew/", sees: "Silent renewal", scripted: true, shows: "A silent renewal."},
		{name: "renew-frame", route: "/consumer/exchange/", sees: "belongs in the hidden frame", open: func(v *guest) {
			try("/consumer/logout/")(v)
			v.leave(`document.querySelector("#logout-form").action = "/consumer/renew/"; ` + sending("#logout-form button.primary", []string{"client_id", v.w.apps["try"].ID}))
			state := regexp.MustCompile(`"state":"([^"]+)"`).FindStringSubmatch(v.text())
			if state == nil {
				v.t.Fatalf("the silent renewal did not begin: %s", v.text())
			}
			try("/consumer/exchange/?error=login_required&state=" + url.QueryEscape(state[1]))(v)
		}, shows: "The frame of a silent renewal, opened as a page."},
		{name: "logout", route: "/consumer/logout/", sees: "Log out at the provider", shows: "The form for a logout link."},
		{name: "logout-link", route: "/consumer/logout/", sees: "Your logout link", open: func(v *guest) {
			sent("/consumer/logout/", "#logout-form button.primary", "client_id", v.w.apps["try"].ID)(v)
		}, shows: "The logout link."},
		{name: "logged-out-done", route: "/consumer/logged-out/", sees: "You are logged out", open: func(v *guest) {
			sent("/consumer/logout/", "#logout-form button.primary", "client_id", v.w.apps["try"].ID)(v)
			try("/consumer/logged-out/?state=" + evaluate[string](v.browser, `new URL(document.querySelector("#logout-link").href).searchParams.get("state")`))(v)
		}, shows: "The person is logged out at the provider."},
		{name: "logged-out", route: "/consumer/logged-out/", sees: "does not belong to a logout", shows: "A logout that another browser requested."},
		{name: "client", route: "/consumer/client/", sees: "API client", scripted: true, shows: "A request to an API."},
		{name: "credentials", route: "/consumer/credentials/", sees: "Client credentials", scripted: true, shows: "An access token for a program."},
		{name: "device", route: "/consumer/device/", sees: "Connect a device", scripted: true, shows: "The consumer as a device."},
		{name: "token-exchange", route: "/consumer/token-exchange/", sees: "Token exchange", scripted: true, shows: "The exchange of a token."},
		{name: "password", route: "/consumer/password/", sees: "Password grant", scripted: true, shows: "The password grant."},
		{name: "key", route: "/consumer/key/", sees: "Authenticate with a key", scripted: true, shows: "Authentication with a key."},
		{name: "register", route: "/consumer/register/", sees: "Register this application", shows: "The consumer registers itself."},
		{name: "registration", route: "/consumer/registration/", sees: "Manage a registration", shows: "The management of a registration."},
		{name: "document", route: "/consumer/document/", sees: "Client ID metadata document", shows: "The metadata document of the consumer."},
		{name: "registered", route: "/consumer/register/", sees: "The application is registered", open: func(v *guest) {
			token, err := v.w.Server.RegistrationToken(v.t.Context(), v.w.people["omar"].ID)
			v.w.try(err)
			sent("/consumer/register/", "#register", "initial_access_token", token)(v)
		}, shows: "The consumer has registered itself."},
		{name: "not-found", route: "/", sees: "Page not found", open: try("/nothing/"), shows: "A page that does not exist."},
	}
	for i, p := range all {
		all[i].name = "consumer-" + p.name
		if p.open == nil {
			all[i].open = try(p.route)
		}
	}
	return all
}
