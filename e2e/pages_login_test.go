package e2e

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/chromedp/cdproto/network"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// pagesOfLogin are the pages on which people log in, sign up and log out.
func pagesOfLogin() []page {
	visit := func(path string) func(*guest) { return func(v *guest) { v.visit(path) } }
	second := func(v *guest) {
		v.visit("/o/login/?next=/o/account/")
		v.send("form button[type=submit]", "username", "maria", "password", latchkeytest.Password)
	}
	return []page{
		{name: "home", route: "/", sees: "OAuth 2 provider", open: visit("/"), shows: "The start page of the server."},
		{name: "login", route: "/o/login/", sees: "Forgot", open: visit("/o/login/"), shows: "Login with a password, a passkey or another provider."},
		{name: "login-application", route: "/o/login/", sees: "to continue to", open: func(v *guest) { v.open(v.w.authorization("photos")) }, shows: "Login for an application, whose name the page shows."},
		{name: "login-error", route: "/o/login/", sees: "do not match", open: func(v *guest) {
			v.visit("/o/login/")
			v.send("form button[type=submit]", "username", "maria.lindqvist", "password", "wrong password")
		}, shows: "Login after a wrong password."},
		{name: "login-passkey", route: "/o/login/", sees: "Forgot", open: func(v *guest) {
			v.takeCookies(v.w.Provider, &http.Cookie{Name: "__Host-lk_method", Value: "passkey"})
			v.visit("/o/login/")
		}, shows: "Login in a browser in which the last person used a passkey."},
		{name: "login-directory", route: "/o/login/with/{provider}/", sees: "Harbor crew", open: func(v *guest) { v.open(v.w.ends.URL + "/o/login/with/crew/") }, shows: "Login with the password of an LDAP directory."},
		{name: "login-again", route: "/o/login/", user: "maria", sees: "Not you?", open: func(v *guest) {
			v.open(v.w.authorization("photos", "prompt", "login"))
		}, shows: "An application requires a new login of the person who is logged in."},
		{name: "login-provider-unknown", route: "/o/login/with/{provider}/", sees: "This login provider does not exist", open: visit("/o/login/with/nobody/"), shows: "A link to a login provider that is not configured."},
		{name: "login-provider-failed", route: "/o/login/with/{provider}/callback/", sees: "You are not logged in with", open: visit("/o/login/with/staff/callback/?error=access_denied&state=lost"), shows: "The login at another provider failed."},
		{name: "second-step", route: "/o/login/second/", sees: "Use your second factor", open: second, shows: "The second step of a login, with an authenticator app."},
		{name: "second-step-error", route: "/o/login/second/", sees: "Use your second factor", open: func(v *guest) {
			second(v)
			v.send("form button.primary", "code", "123456")
		}, shows: "The second step after a wrong code."},
		{name: "second-step-passkey", route: "/o/login/second/", sees: "Use your second factor", open: func(v *guest) {
			v.visit("/o/login/?next=/o/account/")
			v.send("form button[type=submit]", "username", "ines", "password", latchkeytest.Password)
		}, shows: "The second step with a passkey."},
		{name: "second-step-recovery", route: "/o/login/second/", sees: "recovery code", open: func(v *guest) {
			second(v)
			v.goTo("main a[href*='recovery_code']")
		}, shows: "The second step with a recovery code."},
		{name: "second-step-email", route: "/o/login/second/", sees: "none of your other factors", open: func(v *guest) {
			second(v)
			v.goTo("main a[href*='recovery_code']")
			v.goTo("main a[href*='with=email']")
		}, shows: "The last resort: a code by email, if an administrator allows it."},
		{name: "second-step-email-sent", route: "/o/login/second/", sees: "Code from the email", open: func(v *guest) {
			second(v)
			v.open(v.address() + "&with=email&sent=x")
		}, shows: "The field for the code that was sent."},
		{name: "sign-up", route: "/o/signup/", sees: "Create an account", open: visit("/o/signup/"), shows: "A person creates an account."},
		{name: "sign-up-error", route: "/o/signup/", sees: "Check the fields", open: func(v *guest) {
			v.visit("/o/signup/")
			v.send("main form button.primary", "username", "maria", "name", "Maria", "email", "maria@", "password", "short", "password_again", "shirt")
		}, shows: "Sign-up with mistakes, which are explained at the fields."},
		{name: "invite", route: "/o/invite/", sees: "Continue", open: visit("/o/invite/"), shows: "A person enters the code of an invitation."},
		{name: "invite-error", route: "/o/invite/", sees: "Check the fields", open: func(v *guest) {
			v.visit("/o/invite/")
			v.send("main form button.primary", "code", "wrong")
		}, shows: "The code of the invitation is wrong."},
		{name: "invite-account", route: "/o/invite/", sees: "Full name", open: func(v *guest) {
			v.visit("/o/invite/")
			v.send("main form button.primary", "code", v.w.invitation)
		}, shows: "A person with an invitation creates an account."},
		{name: "invite-passkey", route: "/o/invite/", sees: "Create a passkey for newcomer", open: func(v *guest) {
			v.visit("/o/invite/")
			v.send("main form button.primary", "code", v.w.invitation)
			v.send("button[value=passkey]", "username", "newcomer", "name", "Nela Comer", "email", "nela@harbor.example")
		}, shows: "A person with an invitation creates an account with a passkey."},
		{name: "reset", route: "/o/reset/", sees: "Set a new password", open: visit("/o/reset/"), shows: "A person requests a link for a new password."},
		{name: "reset-sent", route: "/o/reset/", sees: "Check your email", open: func(v *guest) {
			v.visit("/o/reset/")
			v.send("main form button.primary", "username", fmt.Sprintf("nobody-%d", v.w.entered.Add(1))) // the number of requests for a name is limited
		}, shows: "The answer to such a request, which is the same for all names."},
		{name: "reset-password", route: "/o/reset/", sees: "New password", open: func(v *guest) { v.visit(v.w.link("reset")) }, shows: "The page to which the link leads."},
		{name: "reset-password-error", route: "/o/reset/", sees: "Check the fields", open: func(v *guest) {
			v.visit(v.w.link("reset"))
			v.send("main form button.primary", "password", "short", "password_again", "other")
		}, shows: "The new password is too short."},
		{name: "reset-done", route: "/o/reset/", sees: "Your password has been changed", open: func(v *guest) {
			person := v.join(v.w.ends)
			v.open(v.w.ends.URL + "/o/reset/")
			v.send("main form button.primary", "username", person.Username)
			v.open(v.w.ends.URL + v.w.linkTo(v.w.ends, person.Email, "reset"))
			v.send("main form button.primary", "password", latchkeytest.Password+" again", "password_again", latchkeytest.Password+" again")
		}, shows: "The password has been changed."},
		{name: "reset-expired", route: "/o/reset/", sees: "This link no longer works", open: visit("/o/reset/?token=old"), shows: "A link that has expired, or was used before."},
		{name: "verify", route: "/o/verify/", user: "hanako", sees: "Confirm your email address", open: func(v *guest) { v.visit(v.w.link("verify")) }, shows: "A person confirms their email address."},
		{name: "verify-logged-out", route: "/o/verify/", sees: "Confirm your email address", open: func(v *guest) { v.visit(v.w.link("verify")) }, shows: "The same link in a browser in which nobody is logged in."},
		{name: "verify-done", route: "/o/verify/", sees: "Thank you", open: func(v *guest) {
			person := v.join(v.w.ends)
			v.open(v.w.ends.URL + "/o/account/profile/")
			v.send("button[form=verify-form]")
			v.open(v.w.ends.URL + v.w.linkTo(v.w.ends, person.Email, "verify"))
			v.send("button[value=confirm]")
		}, shows: "The email address is confirmed."},
		{name: "login-providers-only", route: "/o/login/", sees: "Log in as an administrator", open: func(v *guest) { v.open("https://" + onlyHost + "/o/login/") }, shows: "The login page of a server at which people log in only at other providers."},
		{name: "login-administrators", route: "/o/login/", sees: "Only administrators can log in here", open: func(v *guest) { v.open("https://" + onlyHost + "/o/login/?local=yes") }, shows: "The page on which administrators of this server log in."},
		{name: "mails", route: "/o/mails/", sees: "Emails", open: visit("/o/mails/?here=1"), shows: "The emails that the demo does not send."},
		{name: "mails-elsewhere", route: "/o/mails/", sees: "Available only", open: visit("/o/mails/"), shows: "The same page on another machine."},
		{name: "keep-account", route: "/o/account/keep/", sees: "Your account will be deleted", open: func(v *guest) { v.visit("/o/account/keep/?token=" + url.QueryEscape(v.w.keep)) }, shows: "A person can keep an account that will be deleted."},
		{name: "keep-account-done", route: "/o/account/keep/", sees: "Your account will not be deleted", open: func(v *guest) {
			keep, err := v.w.ends.Accounts.RequestDeletion(v.t.Context(), v.join(v.w.ends), account.Visitor{})
			v.w.try(err)
			v.open(v.w.ends.URL + "/o/account/keep/?token=" + url.QueryEscape(keep))
			v.send("main form button.primary")
		}, shows: "The account is kept."},
		{name: "delete-account-done", route: "/o/account/delete/", sees: "Your account has been deleted", open: func(v *guest) {
			person := v.join(v.w.fresh)
			v.open(v.w.fresh.URL + "/o/account/delete/")
			v.send("main form button.danger", "username", person.Username)
		}, shows: "The account is deleted at once."},
		{name: "logout", route: "/o/logout/", user: "maria", sees: "Log out?", open: visit("/o/logout/"), shows: "The question before a logout."},
		{name: "logout-application", route: "/o/logout/", user: "maria", sees: "Log out?", open: func(v *guest) { v.visit("/o/logout/?client_id=" + v.w.apps["photos"].ID) }, shows: "An application asks a person to log out."},
		{name: "logged-out", route: "/o/logout/", user: "شیرین", fresh: true, sees: "You are logged out", open: func(v *guest) {
			v.visit("/o/logout/")
			v.send("main form button.primary")
		}, shows: "The person is logged out."},
	}
}

// pagesOfAuthorization are the pages on which people decide about applications.
func pagesOfAuthorization() []page {
	ask := func(app string, pairs ...string) func(*guest) {
		return func(v *guest) { v.open(v.w.authorization(app, pairs...)) }
	}
	device := func(v *guest) { v.visit("/o/device/?user_code=" + v.w.userCode()) }
	question := func(v *guest) {
		device(v)
		v.send("main form button.primary")
	}
	return []page{
		{name: "consent", route: "/o/authorize/", user: "شیرین", sees: "Authorize Harbor Photos?", open: ask("photos", "scope", "openid profile photos:read"), shows: "An application asks for permission."},
		{name: "consent-many", route: "/o/authorize/", user: "hanako", sees: "Authorize The notebook", open: ask("notes", "scope", "openid profile email photos:read photos:write photos:delete calendar:read calendar:write contacts offline_access"), shows: "An application with a long name asks for many permissions, which are grouped by what they allow."},
		{name: "consent-new", route: "/o/authorize/", user: "maria", sees: "new", open: ask("photos", "scope", "openid profile email photos:read photos:write calendar:read", "prompt", "consent"), shows: "An application asks for more than it already has."},
		{name: "consent-agent", route: "/o/authorize/", user: "hanako", sees: "This application is an agent.", open: ask("scheduler", "scope", "openid calendar:read calendar:write offline_access"), shows: "An agent asks: scopes that change data are not selected in advance."},
		{name: "consent-registered", route: "/o/authorize/", user: "hanako", sees: "The name of this application is not verified.", open: ask("registered", "scope", "openid photos:read"), shows: "An application that registered itself asks for permission."},
		{name: "consent-local", route: "/o/authorize/", user: "hanako", sees: "The name of this application is not verified.", open: ask("local", "scope", "openid photos:read"), shows: "An application on the device of the person asks for permission."},
		{name: "consent-document", route: "/o/authorize/", user: "hanako", sees: "have not checked this application", open: ask("document", "scope", "openid photos:read"), shows: "An application that is described by a document on its host asks for permission."},
		{name: "consent-rtl-name", route: "/o/authorize/", user: "شیرین", sees: "Authorize", open: ask("calendar", "scope", "openid calendar:read", "prompt", "consent"), shows: "The names of the application and the person are written from right to left."},
		{name: "consent-long-names", route: "/o/authorize/", user: longName, sees: "Authorize", open: ask("notes", "scope", "openid calendar:read", "prompt", "consent"), shows: "The names of the application and the person are long."},
		{name: "consent-error", route: "/o/authorize/", user: "hanako", sees: "first", open: func(v *guest) {
			ask("calendar", "scope", "openid calendar:read")(v)
			v.send("button[value=authorize]")
		}, shows: "The person did not select “Allow”."},
		{name: "select-account", route: "/o/authorize/", user: "maria", sees: "Choose an account", open: ask("photos", "prompt", "select_account"), shows: "An application lets the person choose an account."},
		{name: "form-post", route: "/o/authorize/", user: "maria", sees: "Back to Harbor Photos", scriptless: true, open: ask("photos", "response_mode", "form_post"), shows: "The answer to an application is sent by a form, here without scripts."},
		{name: "onward", route: "/o/authorize/", user: "maria", sees: "Back to Harbor Photos", open: func(v *guest) {
			ask("photos", "prompt", "select_account")(v)
			v.sendAway("button[value=continue]")
			v.arrive("#main a.button.primary[href^='https://photos']")
		}, shows: "The way back to an application after a form."},
		{name: "device", route: "/o/device/", user: "maria", sees: "Connect a device", open: func(v *guest) { v.visit("/o/device/") }, shows: "A person enters the code of a device."},
		{name: "device-compare", route: "/o/device/", user: "maria", sees: "must show exactly this code", open: device, shows: "A person compares the code of a link with the device."},
		{name: "device-error", route: "/o/device/", user: "شیرین", sees: "This code is not correct", open: func(v *guest) {
			v.visit("/o/device/")
			v.send("main form button.primary", "user_code", "BBBB-BBBB")
		}, shows: "The code is wrong."},
		{name: "device-consent", route: "/o/authorize/", user: "maria", sees: "Authorize Living room TV?", open: question, shows: "The question about a device."},
		{name: "device-connected", route: "/o/authorize/", user: "maria", sees: "The device is connected", open: func(v *guest) {
			question(v)
			v.send("button[value=authorize]", "allow", "yes")
		}, shows: "The device is connected."},
		{name: "device-denied", route: "/o/authorize/", user: "maria", sees: "The device was not connected", open: func(v *guest) {
			question(v)
			v.send("button[value=cancel]")
		}, shows: "The person denied the request of a device."},
	}
}

// pagesOfErrors are the pages that explain to a person why something does not work.
func pagesOfErrors() []page {
	return []page{
		{name: "error-application", route: "/o/authorize/", sees: "This link does not work", open: func(v *guest) {
			v.visit("/o/authorize/?response_type=code&client_id=unknown")
		}, shows: "A link of an application that does not exist."},
		{name: "error-redirect", route: "/o/authorize/", sees: "This link does not work", open: func(v *guest) {
			v.open(v.w.authorization("photos", "redirect_uri", "https://photos.harbor.example/callback/wrong"))
		}, shows: "The redirect URI of an application is not registered."},
		{name: "error-old", route: "/o/authorize/", sees: "This page has expired", open: func(v *guest) { v.visit("/o/authorize/?resume=old") }, shows: "The request of an application is too old."},
		{name: "error-not-found", route: "/", sees: "Page not found", open: func(v *guest) { v.visit("/o/nothing/") }, shows: "A page that does not exist."},
		{name: "error-unavailable", route: "/o/login/", sees: "Temporarily unavailable", open: func(v *guest) {
			v.visit("/o/login/")
			v.do(call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{downHeader: "yes"}}, nil))
			defer v.do(call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{}}, nil))
			v.send("form button[type=submit]", "username", "maria", "password", latchkeytest.Password)
		}, shows: "The database is unavailable. The form can be sent again."},
		{name: "forward-auth-expired", route: "/o/forward-auth/{client}/", sees: "This login has expired", plain: true, open: func(v *guest) {
			v.open("https://" + wikiHost + "/.latchkey/callback?state=old&code=old")
		}, shows: "A login at a host behind forward authentication began in another browser."},
		{name: "forward-auth-forbidden", route: "/o/forward-auth/{client}/", user: "maria", sees: "not allowed to use", plain: true, open: func(v *guest) {
			v.open("https://" + wikiHost + "/")
		}, shows: "A person is not allowed to use a host behind forward authentication."},
	}
}
