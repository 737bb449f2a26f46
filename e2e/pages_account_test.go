package e2e

import "strings"

const longName = "bartholomew-maximilian.featherstonehaugh-cholmondeley"

// pagesOfAccounts are the pages of a person's own account.
func pagesOfAccounts() []page {
	own := func(path string) func(*guest) { return func(v *guest) { v.visit("/o/account/" + path) } }
	press := func(path, button string, fields ...string) func(*guest) {
		return func(v *guest) {
			v.visit("/o/account/" + path)
			v.send(button, fields...)
		}
	}
	all := []page{
		{name: "overview", user: "maria", sees: "Your account", open: own(""), shows: "The overview of an account, which first shows what there is to do."},
		{name: "overview-new", user: "hanako", sees: "Your account", open: own(""), shows: "The overview of an account without a second factor."},
		{name: "overview-long-names", user: longName, sees: "Your account", open: own(""), shows: "The overview of a person with long names."},
		{name: "overview-rtl-name", user: "شیرین", sees: "Your account", open: own(""), shows: "The overview of a person whose name is written from right to left."},
		{name: "profile", user: "maria", sees: "Profile", open: own("profile/"), shows: "The profile."},
		{name: "profile-picture", user: "ada", sees: "Change picture", open: own("profile/"), shows: "The profile of a person with a picture."},
		{name: "profile-error", user: "maria", sees: "Check the fields", open: press("profile/", "main form.panel button.primary", "email", "maria@", "website", "not a website"), shows: "The profile with mistakes."},
		{name: "picture", user: "maria", sees: "Your picture", open: own("picture/"), shows: "A person uploads a picture."},
		{name: "picture-error", user: "maria", sees: "Choose a picture file", open: func(v *guest) {
			v.visit("/o/account/picture/")
			v.send("main form button.primary")
		}, shows: "No file was chosen."},
		{name: "picture-elsewhere", user: "ines", sees: "instead of this letter", open: own("picture/"), shows: "The picture of a person is on another server."},
		{name: "password", user: "maria", sees: "Current password", open: own("password/"), shows: "The change of a password."},
		{name: "password-error", user: "maria", sees: "Check the fields", open: press("password/", "main button.primary", "present", "", "password", "short", "password_again", "other"), shows: "The change of a password with mistakes."},
		{name: "password-passkey", user: "ines", sees: "Log in without a password", open: own("password/"), shows: "The page Password of a person with a passkey, who can remove the password."},
		{name: "password-none", user: "liv", sees: "You have no password.", open: own("password/"), shows: "A person without a password, who can set one."},
		{name: "security", user: "maria", sees: "left", open: own("security/"), shows: "Passkeys, the authenticator app, recovery codes and remembered browsers."},
		{name: "security-new", user: "hanako", sees: "You have no passkey yet", open: own("security/"), shows: "The page Security of a person who has only a password."},
		{name: "security-required", user: "hanako", sees: "requires a second factor", open: func(v *guest) { v.open(v.w.authorization("vault")) }, shows: "An application requires a second factor, and the person has none."},
		{name: "security-passkey", user: "ines", sees: "Work laptop", open: own("security/"), shows: "The page Security of a person with a passkey."},
		{name: "security-remove", user: "maria", sees: "?", open: press("security/", "button[value=remove]"), shows: "The question before the authenticator app is turned off."},
		{name: "totp", user: "hanako", sees: "Set up", open: own("security/totp/"), shows: "Adding an authenticator app."},
		{name: "totp-error", user: "hanako", sees: "Check the fields", open: press("security/totp/", "main button.primary", "code", "000000"), shows: "The code of the authenticator app is wrong."},
		{name: "passkey", user: "hanako", sees: "Add a passkey", open: own("security/passkey/"), shows: "Adding a passkey."},
		{name: "offer", user: "hanako", sees: "Log in without a password?", open: own("security/offer/"), shows: "The offer to add a passkey, after a login with a password."},
		{name: "recovery-codes", user: "maria", sees: "Save these codes now", open: press("security/", "button[value=codes]"), shows: "New recovery codes, which are shown once."},
		{name: "sessions", user: "maria", sees: "this browser", open: own("sessions/"), shows: "The browsers in which a person is logged in."},
		{name: "sessions-one", user: "hanako", sees: "this browser", open: own("sessions/"), shows: "A person who has a session in one browser."},
		{name: "sessions-everywhere", user: "maria", sees: "Log out everywhere else?", open: press("sessions/", "button[value=everywhere]"), shows: "The question before a logout everywhere else."},
		{name: "applications", user: "maria", sees: "Harbor Photos", open: own("applications/"), shows: "The applications and agents that act for a person."},
		{name: "applications-empty", user: "omar", sees: "Connected applications", open: own("applications/"), shows: "A person who uses no applications."},
		{name: "applications-withdraw", user: "maria", sees: "?", open: press("applications/", "button[value=withdraw]"), shows: "The question before a permission is withdrawn."},
		{name: "applications-token", user: "omar", sees: "Copy the token now", open: press("applications/", "button[value=register]"), shows: "A token with which a program of the person registers itself."},
		{name: "providers", user: "maria", sees: "Login providers", open: own("providers/"), shows: "Other providers at which a person logs in."},
		{name: "activity", user: "maria", sees: "ctivity", open: own("activity/"), shows: "The recent logins and changes of an account."},
		{name: "data", user: "maria", sees: "Download", open: own("data/"), shows: "A person downloads everything that is stored about them."},
		{name: "delete", user: "maria", sees: "Delete your account?", open: own("delete/"), shows: "The deletion of an account."},
		{name: "delete-error", user: "maria", sees: "Check the fields", open: press("delete/", "main form button.danger", "username", "someone"), shows: "The username that confirms the deletion is wrong."},
		{name: "confirm", user: "hanako", sees: "Confirm that it is you", open: own("confirm/?next=/o/account/security/"), shows: "A person proves once more who they are, with the password."},
		{name: "confirm-totp", user: "maria", sees: "Confirm that it is you", open: own("confirm/?next=/o/account/security/"), shows: "The same with an authenticator app."},
		{name: "confirm-passkey", user: "ines", sees: "Confirm that it is you", open: own("confirm/?next=/o/account/security/"), shows: "The same with a passkey."},
		{name: "confirm-error", user: "hanako", sees: "Confirm that it is you", open: press("confirm/?next=/o/account/security/", "main form button.primary", "confirm_password", "wrong"), shows: "The password is wrong."},
		{name: "developers", user: "hanako", sees: "Applications that you develop", open: func(v *guest) { v.visit("/o/applications/") }, shows: "The applications that a person develops."},
		{name: "developers-add", user: "hanako", sees: "What kind of application is it?", open: func(v *guest) { v.visit("/o/applications/add/") }, shows: "A person chooses the kind of a new application."},
		{name: "developers-add-web", user: "hanako", sees: "Redirect URIs", open: func(v *guest) { v.visit("/o/applications/add/?kind=web") }, shows: "A person registers an application."},
		{name: "developers-app", user: "hanako", sees: "Connect the application", open: func(v *guest) {
			v.visit("/o/applications/" + v.w.apps["notes"].ID + "/")
			v.click("details.more > summary")
		}, shows: "An application that a person develops: its settings, secrets, owners and rejected requests."},
		{name: "developers-attempt", user: "hanako", sees: "The application asks for a login", open: func(v *guest) {
			v.visit("/o/applications/" + v.w.apps["notes"].ID + "/")
			v.goTo("main a[href*='/attempts/']")
		}, shows: "An attempt to log in to an application that a person develops, with its steps."},
		{name: "developers-offer", user: "maria", sees: "Become an owner", open: func(v *guest) { v.visit("/o/applications/offer/?code=" + v.w.apps["notes"].ID + ":" + offered) }, shows: "A person is asked to become an owner of an application."},
		{name: "authorized-tokens", user: "maria", sees: "Connected applications", open: func(v *guest) { v.visit("/o/authorized_tokens/") }, shows: "The page of applications at the path of Django OAuth Toolkit."},
	}
	routes := map[string]string{"overview": "", "totp": "security/totp/", "passkey": "security/passkey/", "offer": "security/offer/", "recovery": "security/"}
	for i, p := range all {
		kind, _, _ := strings.Cut(p.name, "-")
		path, found := routes[kind]
		if !found {
			path = kind + "/"
		}
		all[i].route = "/o/account/" + path
		switch kind {
		case "authorized":
			all[i].route = "/o/authorized_tokens/"
		case "developers":
			all[i].route = map[string]string{"developers": "/o/applications/", "developers-app": "/o/applications/{app}/", "developers-attempt": "/o/applications/{app}/attempts/{attempt}/", "developers-offer": "/o/applications/offer/"}[p.name]
			if all[i].route == "" {
				all[i].route = "/o/applications/add/"
			}
		}
		all[i].name = "account-" + p.name
	}
	return all
}
