package e2e

import (
	"fmt"
	"net/url"
)

func office(path string) func(*guest) { return func(v *guest) { v.visit("/admin/" + path) } }

// pressed opens a page of the back office and sends one of its forms.
func pressed(path, button string, fields ...string) func(*guest) {
	return func(v *guest) {
		v.visit("/admin/" + path)
		v.send(button, fields...)
	}
}

// firstSelected opens a list of the back office, selects its first row and presses the button for
// the selected rows.
func firstSelected(path, field string) func(*guest) {
	return func(v *guest) {
		v.visit("/admin/" + path)
		v.tick("input[name=" + field + "]")
		v.send("main form button.danger")
	}
}

// pagesOfOffice are the lists of the back office, and the pages of people and keys.
func pagesOfOffice() []page {
	user := func(v *guest) { v.visit("/admin/users/" + v.w.people["maria"].ID + "/") }
	group := func(page string) func(*guest) {
		return func(v *guest) { v.visit("/admin/groups/" + v.w.crew.ID + "/" + page) }
	}
	asked := func(open func(*guest), button string, fields ...string) func(*guest) {
		return func(v *guest) {
			open(v)
			v.send(button, fields...)
		}
	}
	rejected := func(v *guest) {
		v.visit("/admin/problems/")
		v.goTo("main tbody tr:last-of-type a[href*='/problems/']")
	}
	all := []page{
		{name: "home", route: "/admin/", sees: "Back office", open: office(""), shows: "The start page of the back office."},
		{name: "search", route: "/admin/search/", sees: "Keyboard shortcuts", open: office("search/?q=harbor"), shows: "The search for people, applications, pages and actions."},
		{name: "search-nothing", route: "/admin/search/", sees: "Nothing has this text in its name", open: office("search/?q=nothing"), shows: "A search that finds nothing."},
		{name: "users", route: "/admin/users/", sees: "maria", open: office("users/"), shows: "The list of people."},
		{name: "users-search", route: "/admin/users/", sees: "match", open: office("users/?q=nobody"), shows: "A search that finds nobody."},
		{name: "user-add", route: "/admin/users/add/", sees: "Add a user", open: office("users/add/"), shows: "The form for a new person."},
		{name: "user-add-error", route: "/admin/users/add/", sees: "Check the fields", open: pressed("users/add/", "main form button.primary", "username", "maria", "email", "maria@", "claims", "{", "password", "short"), shows: "The form for a new person, with mistakes."},
		{name: "user-added", route: "/admin/users/add/", sees: "Copy the password now.", open: func(v *guest) {
			pressed("users/add/", "main form button.primary", "username", fmt.Sprintf("guest-%d", v.w.entered.Add(1)))(v)
		}, shows: "The generated password of a new person, which is shown once."},
		{name: "user", route: "/admin/users/{id}/", sees: "Edit maria", open: user, shows: "The page of a person."},
		{name: "user-error", route: "/admin/users/{id}/", sees: "Check the fields", open: asked(user, "main form button.primary", "email", "maria@"), shows: "The form of a person, with a mistake."},
		{name: "user-rtl-name", route: "/admin/users/{id}/", sees: "Edit", open: func(v *guest) { v.visit("/admin/users/" + v.w.people["شیرین"].ID + "/") }, shows: "The page of a person whose name is written from right to left."},
		{name: "user-long-names", route: "/admin/users/{id}/", sees: "Edit", open: func(v *guest) { v.visit("/admin/users/" + v.w.people[longName].ID + "/") }, shows: "The page of a person with long names."},
		{name: "user-disabled", route: "/admin/users/{id}/", sees: "disabled", open: func(v *guest) { v.visit("/admin/users/" + v.w.people["jonas"].ID + "/") }, shows: "The page of a person who is disabled."},
		{name: "user-roles", route: "/admin/users/{id}/", sees: "Edit ada", open: func(v *guest) { v.visit("/admin/users/" + v.w.people["ada"].ID + "/") }, shows: "The page of a person who has a role in the back office."},
		{name: "user-self", route: "/admin/users/{id}/", sees: "Edit grace", open: func(v *guest) { v.visit("/admin/users/" + v.w.people["grace"].ID + "/") }, shows: "The administrator's own page."},
		{name: "user-disable", route: "/admin/users/{id}/switch/", sees: "Disable maria", open: asked(user, "button[value=disabled]"), shows: "The question before a person is disabled."},
		{name: "user-logout", route: "/admin/users/{id}/logout/", sees: "Log out maria everywhere?", open: asked(user, "form[action$='/logout/'].card button"), shows: "The question before a person is logged out everywhere."},
		{name: "user-factors", route: "/admin/users/{id}/factors/", sees: "Remove the second factors of maria?", open: asked(user, "form[action$='/factors/'] button"), shows: "The question before lost second factors are removed."},
		{name: "user-password-error", route: "/admin/users/{id}/password/", sees: "Confirm that all sessions", open: asked(user, "form[action$='/password/'] button", "password", "short"), shows: "A new password with mistakes."},
		{name: "user-delete", route: "/admin/users/{id}/delete/", sees: "maria", open: func(v *guest) { v.visit("/admin/users/" + v.w.people["maria"].ID + "/delete/") }, shows: "The question before a person is deleted."},
		{name: "groups", route: "/admin/groups/", sees: "photographers", open: office("groups/"), shows: "The groups of people."},
		{name: "group", route: "/admin/groups/{id}/", sees: "hanako", open: group(""), shows: "The page of a group, with its members."},
		{name: "group-people-error", route: "/admin/groups/{id}/members/", sees: "Nobody was added", open: asked(group(""), "form[action$='/members/'] button", "people", "maria mairan"), shows: "A group to which people are added, with a wrong username."},
		{name: "group-remove", route: "/admin/groups/{id}/", sees: "Remove 1 person from the group?", open: func(v *guest) { firstSelected("groups/"+v.w.crew.ID+"/", "member")(v) }, shows: "The question before a person is removed from a group."},
		{name: "group-add", route: "/admin/groups/add/", sees: "Add a group", open: office("groups/add/"), shows: "The form for a new group."},
		{name: "group-add-error", route: "/admin/groups/add/", sees: "Check the fields", open: pressed("groups/add/", "main form button.primary", "name", "crew"), shows: "The form for a new group, with a mistake."},
		{name: "group-edit", route: "/admin/groups/{id}/edit/", sees: "Edit crew", open: group("edit/"), shows: "The form of a group."},
		{name: "group-roles", route: "/admin/groups/{id}/edit/", sees: "Remove roles from 2 members of crew?", open: asked(group("edit/"), "main form button.primary", "role", ""), shows: "The question before the members of a group lose a role."},
		{name: "group-delete", route: "/admin/groups/{id}/delete/", sees: "Delete the group crew?", open: group("delete/"), shows: "The question before a group is deleted."},
		{name: "invitations", route: "/admin/invitations/", sees: "newcomer@harbor.example", open: office("invitations/"), shows: "The invitations."},
		{name: "invitation-created", route: "/admin/invitations/", sees: "Copy", open: pressed("invitations/", "main form.card button.primary", "note", "For the lighthouse"), shows: "The link of a new invitation, which is shown once."},
		{name: "tokens", route: "/admin/tokens/", sees: "Harbor Photos", open: office("tokens/"), shows: "The list of token families."},
		{name: "tokens-access", route: "/admin/tokens/", sees: "Nightly report", open: office("tokens/?kind=access"), shows: "The list of access tokens."},
		{name: "tokens-revoke", route: "/admin/tokens/", sees: "Revoke 1 selected token?", open: firstSelected("tokens/", "family"), shows: "The question before tokens are revoked."},
		{name: "token-found", route: "/admin/tokens/find/", sees: "Token family", open: func(v *guest) {
			v.visit("/admin/tokens/")
			v.goTo("main tbody th a")
		}, shows: "A token that was found."},
		{name: "token-unknown", route: "/admin/tokens/find/", sees: "Nothing found", open: pressed("tokens/", "form[action$='/find/'] button", "found", "lk_at_unknown"), shows: "A pasted token that is not known."},
		{name: "requests", route: "/admin/requests/", sees: "Unfinished requests", open: office("requests/"), shows: "Codes and requests that have not been used."},
		{name: "posture", route: "/admin/posture/", sees: "FAPI 2.0", open: office("posture/"), shows: "How strict the server is: its rules, the exceptions of applications, and findings."},
		{name: "consents", route: "/admin/consents/", sees: "Harbor Photos", open: office("consents/"), shows: "The permissions that people gave."},
		{name: "consents-withdraw", route: "/admin/consents/", sees: "Withdraw 1 selected consent?", open: firstSelected("consents/", "consent"), shows: "The question before permissions are withdrawn."},
		{name: "sessions", route: "/admin/sessions/", sees: "maria", open: office("sessions/"), shows: "The login sessions."},
		{name: "all-api-tokens", route: "/admin/all-api-tokens/", sees: "Berth statistics", open: office("all-api-tokens/"), shows: "The tokens of all people for the admin API."},
		{name: "sessions-end", route: "/admin/sessions/", sees: "End 1 selected session?", open: firstSelected("sessions/", "session"), shows: "The question before sessions end."},
		{name: "attempts", route: "/admin/attempts/", sees: "Done", open: office("attempts/"), shows: "The last attempts to log in to applications."},
		{name: "attempt", route: "/admin/attempts/{id}/", sees: "What happened", open: func(v *guest) {
			v.visit("/admin/attempts/?state=done&application=" + v.w.apps["photos"].ID) // the visits of other browsers add unfinished ones
			v.goTo("main tbody tr:last-of-type th a[href*='/attempts/']")
		}, shows: "An attempt to log in, with all its steps."},
		{name: "problems", route: "/admin/problems/", sees: "registered for the application", open: office("problems/"), shows: "Requests of applications that were rejected, with the reason."},
		{name: "problem-unknown", route: "/admin/problems/", sees: "No request", open: office("problems/?id=aaaaaaaaaa"), shows: "An error ID that is not known."},
		{name: "problem", route: "/admin/problems/{id}/", sees: "How to fix it", open: rejected, shows: "A rejected request with its checks. The redirect URI is compared with the registered one."},
		{name: "problem-add", route: "/admin/problems/{id}/redirect/", sees: "Add this redirect URI to", open: asked(rejected, "form[action$='/redirect/'] button"), shows: "The question before the redirect URI of a rejected request is added."},
		{name: "audit", route: "/admin/audit/", sees: "udit", open: office("audit/"), shows: "The audit log."},
		{name: "registration", route: "/admin/registration/", sees: "Initial access tokens", open: office("registration/"), shows: "Tokens with which applications register themselves."},
		{name: "registration-added", route: "/admin/registration/", sees: "Initial access token", open: pressed("registration/", "main form button.primary", "name", "Build server"), shows: "A new token, which is shown once."},
		{name: "registration-error", route: "/admin/registration/", sees: "Registration", open: pressed("registration/", "main form button.primary", "name", "", "uses", "many", "days", "0"), shows: "A new token, with mistakes."},
		{name: "api-tokens", route: "/admin/api-tokens/", sees: "You have no tokens", open: office("api-tokens/"), shows: "The tokens of an administrator for the admin API."},
		{name: "api-tokens-error", route: "/admin/api-tokens/", sees: "Choose at least one scope", open: pressed("api-tokens/", "main form button.primary", "name", "", "days", "0"), shows: "A new token, with mistakes."},
		{name: "login-providers", route: "/admin/login-providers/", sees: "Harbor staff", open: office("login-providers/"), shows: "The other providers at which people log in."},
		{name: "login-provider", route: "/admin/login-providers/{id}/", sees: "Register at the provider", open: office("login-providers/staff/"), shows: "A login provider, its settings and its test."},
		{name: "login-provider-tried", route: "/admin/login-providers/{id}/tried/", sees: "Start again", open: office("login-providers/staff/tried/"), shows: "The result of a test login that was already shown."},
		{name: "login-provider-stored", route: "/admin/login-providers/{id}/", sees: "Remove login provider", open: office("login-providers/partners/"), shows: "A login provider that was added in the back office."},
		{name: "login-provider-add", route: "/admin/login-providers/add/", sees: "Register this server at the provider first", open: office("login-providers/add/"), shows: "The form for a new login provider."},
		{name: "login-provider-error", route: "/admin/login-providers/add/", sees: "client_id is missing", open: pressed("login-providers/add/", "main form button.primary", "name", "Partners", "issuer", "partners", "email_domains", "localhost"), shows: "A new login provider, with mistakes."},
		{name: "login-provider-edit", route: "/admin/login-providers/{id}/edit/", sees: "Edit partners", open: office("login-providers/partners/edit/"), shows: "The form of a login provider."},
		{name: "login-provider-review", route: "/admin/login-providers/{id}/edit/", sees: "Review the changes to", open: pressed("login-providers/partners/edit/", "main form button.primary", "groups", "staff", "provider_secret", "secret"), shows: "The changes of a login provider that can lock people out."},
		{name: "login-provider-remove", route: "/admin/login-providers/{id}/delete/", sees: "Remove the login provider", open: pressed("login-providers/partners/", "main button.danger"), shows: "The question before a login provider is removed."},
		{name: "keys", route: "/admin/keys/", sees: "ES256", open: office("keys/"), shows: "The signing keys and their timeline."},
		{name: "key-rotate", route: "/admin/keys/", sees: "Rotate the", open: pressed("keys/", "main form.card button"), shows: "The question before a key is rotated."},
		{name: "key-retire", route: "/admin/keys/{id}/retire/", sees: "Retire", open: func(v *guest) {
			v.visit("/admin/keys/")
			v.goTo("main a[href$='/retire/']")
		}, shows: "The question before a key is retired."},
		{name: "settings", route: "/admin/settings/", sees: "Set by", open: office("settings/"), shows: "The settings, with their values and where they were set."},
		{name: "scopes", route: "/admin/scopes/", sees: "can request all scopes", open: office("scopes/"), shows: "The scopes, and which applications use them."},
		{name: "resources", route: "/admin/resources/", sees: "for which access tokens are issued", open: office("resources/"), shows: "The resources, and which applications use them."},
		{name: "scope-add", route: "/admin/scopes/add/", sees: "Kind of access", open: office("scopes/add/"), shows: "The form for a new scope."},
		{name: "scope-error", route: "/admin/scopes/add/", sees: "is not a valid scope", open: pressed("scopes/add/", "main form button.primary", "name", "book a berth"), shows: "A new scope, with a mistake."},
		{name: "scope-edit", route: "/admin/scopes/{id}/edit/", sees: "Edit berths.book", open: office("scopes/berths.book/edit/"), shows: "The form of a scope, with its history."},
		{name: "scope-delete", route: "/admin/scopes/{id}/delete/", sees: "Delete the scope", open: office("scopes/berths.book/delete/"), shows: "The question before a scope is deleted, with the applications that use it."},
		{name: "resource-add", route: "/admin/resources/add/", sees: "Lifetime of access tokens", open: office("resources/add/"), shows: "The form for a new resource."},
		{name: "resource-edit", route: "/admin/resources/{id}/edit/", sees: "Edit https://berths.harbor.example", open: office("resources/https:%2F%2Fberths.harbor.example/edit/"), shows: "The form of a resource, with its history."},
		{name: "resource-delete", route: "/admin/resources/{id}/delete/", sees: "Delete the resource", open: office("resources/https:%2F%2Fberths.harbor.example/delete/"), shows: "The question before a resource is deleted."},
		{name: "exceptions", route: "/admin/exceptions/", sees: "insecure legacy features", open: office("exceptions/"), shows: "The applications with exceptions for legacy features."},
		{name: "trusted-issuers", route: "/admin/trusted-issuers/", sees: "Other servers whose JWTs", open: office("trusted-issuers/"), shows: "The trusted issuers."},
		{name: "webhooks", route: "/admin/webhooks/", sees: "Where events are sent", open: office("webhooks/"), shows: "The webhooks and their deliveries."},
		{name: "error-not-found", route: "/admin/", sees: "not", open: office("nothing/"), shows: "A page of the back office that does not exist."},
	}
	for i := range all {
		all[i].name, all[i].user = "office-"+all[i].name, "grace"
	}
	return append(all,
		page{name: "office-forbidden", route: "/admin/", user: "nora", sees: "You do not have permission for this", open: office(""), shows: "The back office for a person without a role."},
		page{name: "office-denied", route: "/admin/users/add/", user: "ada", sees: "You do not have permission for this", open: office("users/add/"), shows: "A page that needs another role."},
		page{name: "office-home-auditor", route: "/admin/", user: "ada", sees: "Back office", open: office(""), shows: "The start page for a person who reads everything and changes nothing."},
		page{name: "office-user-auditor", route: "/admin/users/{id}/", user: "ada", sees: "maria", open: user, shows: "The page of a person, for an auditor."},
	)
}

// pagesOfApplications are the pages of the back office that are about applications.
func pagesOfApplications() []page {
	show := func(key, rest string) func(*guest) {
		return func(v *guest) { v.visit("/admin/applications/" + url.PathEscape(v.w.apps[key].ID) + "/" + rest) }
	}
	asked := func(button string, fields ...string) func(*guest) {
		return func(v *guest) {
			show("photos", "")(v)
			v.send(button, fields...)
		}
	}
	const one = "/admin/applications/{id}/"
	all := []page{
		{name: "", route: "/admin/applications/", sees: "Harbor Photos", open: office("applications/"), shows: "The list of applications."},
		{name: "-search", route: "/admin/applications/", sees: "match", open: office("applications/?q=nothing"), shows: "A search that finds no application."},
		{name: "-add", route: "/admin/applications/add/", sees: "What is it?", open: office("applications/add/"), shows: "The question of what a new application is."},
		{name: "-add-web", route: "/admin/applications/add/", sees: "Add a web app", open: office("applications/add/?kind=web"), shows: "The form for a new web app."},
		{name: "-add-machine", route: "/admin/applications/add/", sees: "Add a machine", open: office("applications/add/?kind=machine"), shows: "The form for a program that acts for itself."},
		{name: "-add-other", route: "/admin/applications/add/", sees: "Add an application", open: office("applications/add/?kind=other"), shows: "The form for a new application, with all settings."},
		{name: "-add-error", route: "/admin/applications/add/", sees: "Check the fields", open: pressed("applications/add/?kind=web", "button[name=save]", "client_name", "", "redirect_uris", "http://photos.example/cb#top"), shows: "The form for a new application, with mistakes."},
		{name: "-ready", route: "/admin/applications/add/", sees: "is ready", open: pressed("applications/add/?kind=web", "button[name=save]", "client_name", "Harbor Weather", "redirect_uris", "https://weather.harbor.example/callback"), shows: "A new application with its secret and its settings."},
		{name: "-ready-machine", route: "/admin/applications/add/", sees: "is ready", open: pressed("applications/add/?kind=machine", "button[name=save]", "client_name", "Tide report"), shows: "A new machine, with a curl command that requests a token."},
		{name: "-show", route: one, sees: "Harbor Photos", open: show("photos", ""), shows: "The page of an application."},
		{name: "-show-disabled", route: one, sees: "Old intranet", open: show("old", ""), shows: "The page of an application that is disabled and uses a legacy feature."},
		{name: "-show-long-name", route: one, sees: "The notebook", open: show("notes", ""), shows: "The page of an application with a long name."},
		{name: "-show-rtl-name", route: one, sees: "تقویم", open: show("calendar", ""), shows: "The page of an application whose name is written from right to left."},
		{name: "-edit", route: one + "edit/", sees: "Edit Harbor Photos", open: show("photos", "edit/"), shows: "The form of an application."},
		{name: "-edit-error", route: one + "edit/", sees: "Check the fields", open: func(v *guest) {
			show("photos", "edit/")(v)
			v.send("button[name=save]", "client_name", "", "redirect_uris", "https://photos.harbor.example/#fragment", "access_token_ttl", "long")
		}, shows: "The form of an application, with mistakes."},
		{name: "-conflict", route: one + "edit/", sees: "Another administrator has saved this application", open: func(v *guest) {
			show("photos", "edit/")(v)
			v.send("button[name=save]", "client_name", "Harbor Pictures", "version", "0")
		}, shows: "The form of an application that another administrator has saved in the meantime."},
		{name: "-review", route: one + "edit/", sees: "Review the changes to Harbor Photos", open: func(v *guest) {
			show("photos", "edit/")(v)
			v.send("button[name=save]", "redirect_uris", "https://"+photosHost+"/oauth/callback", "require_pkce", "on")
		}, shows: "The review of changes that can lock an application or people out."},
		{name: "-delete", route: one + "delete/", sees: "Delete Harbor Photos", open: show("photos", "delete/"), shows: "The question before an application is deleted."},
		{name: "-deleted", route: "/admin/applications/deleted/", sees: "Harbor Postcards", open: office("applications/deleted/"), shows: "The list of deleted applications, which can be restored."},
		{name: "-disable", route: one + "switch/", sees: "Disable Harbor Photos", open: asked("button[value=disabled]"), shows: "The question before an application is disabled."},
		{name: "-revoke", route: one + "revoke/", sees: "Revoke all tokens of Harbor Photos?", open: asked("form[action$='/revoke/'] button"), shows: "The question before all tokens of an application are revoked."},
		{name: "-secret-revoke", route: one + "secret/", sees: "Revoke the secret", open: asked("button[name=end]"), shows: "The question before a secret is revoked."},
		{name: "-secret-rotate", route: one + "secret/", sees: "without a transition period?", open: asked("form.filters[action$='/secret/'] button", "overlap", "0"), shows: "The question before a secret is replaced at once."},
	}
	for i := range all {
		all[i].name, all[i].user = "office-applications"+all[i].name, "grace"
	}
	return all
}

// pagesOfNewOffice are the lists of a back office in which nothing has happened yet.
func pagesOfNewOffice() []page {
	all := []page{
		{name: "home", route: "/admin/", sees: "Get started", shows: "The start page of a new back office."},
		{name: "applications", route: "/admin/applications/", sees: "There are no applications yet.", shows: "There are no applications yet."},
		{name: "applications-deleted", route: "/admin/applications/deleted/", sees: "No application was deleted", shows: "The list of deleted applications, which is empty."},
		{name: "tokens", route: "/admin/tokens/", sees: "There are no", shows: "There are no tokens yet."},
		{name: "requests", route: "/admin/requests/", sees: "Unfinished requests", shows: "There are no unfinished requests."},
		{name: "consents", route: "/admin/consents/", sees: "Consents", shows: "Nobody has given a permission yet."},
		{name: "groups", route: "/admin/groups/", sees: "There are no groups yet.", shows: "There are no groups yet."},
		{name: "invitations", route: "/admin/invitations/", sees: "Invitations", shows: "Nobody has been invited yet."},
		{name: "attempts", route: "/admin/attempts/", sees: "Nobody has tried", shows: "Nobody has tried to log in to an application yet."},
		{name: "problems", route: "/admin/problems/", sees: "Errors", shows: "No request was rejected."},
		{name: "audit", route: "/admin/audit/", sees: "udit", shows: "An audit log with few events."},
		{name: "registration", route: "/admin/registration/", sees: "cannot register", shows: "Applications cannot register themselves."},
	}
	for i, p := range all {
		path := p.route
		all[i].name, all[i].user = "new-office-"+p.name, "grace"
		all[i].open = func(v *guest) { v.open("https://" + newHost + path) }
	}
	return append(all,
		page{name: "components", route: "/admin/", user: "grace", sees: "Every component in every state", open: func(v *guest) { v.open(v.w.ends.URL + "/admin/") }, shows: "Every part of the design in every state."},
		page{name: "new-setup", route: "/o/setup/", sees: "Create the first administrator", open: func(v *guest) { v.open("https://" + newHost + "/o/setup/") }, shows: "The creation of the first administrator."},
		page{name: "new-setup-error", route: "/o/setup/", sees: "", open: func(v *guest) {
			v.open("https://" + newHost + "/o/setup/")
			v.send("main form button.primary", "code", "wrong", "username", "", "email", "grace@", "password", "short", "password_again", "other")
		}, shows: "The creation of the first administrator, with mistakes."},
		page{name: "new-login", route: "/o/login/", sees: "Log in", open: func(v *guest) { v.open("https://" + newHost + "/o/login/") }, shows: "The login page that asks for the name first, without sign-up, mail and other providers."},
		page{name: "new-login-error", route: "/o/login/", sees: "Enter a username", open: func(v *guest) {
			v.open("https://" + newHost + "/o/login/")
			v.send("form button[type=submit]", "username", " ")
		}, shows: "The same page after an empty name."},
		page{name: "new-login-ways", route: "/o/login/", sees: "Not you?", open: func(v *guest) {
			v.open("https://" + newHost + "/o/login/")
			v.send("form button[type=submit]", "username", "grace")
		}, shows: "The ways in which the person with this name can log in."},
		page{name: "new-login-ways-error", route: "/o/login/", sees: "do not match", open: func(v *guest) {
			v.open("https://" + newHost + "/o/login/")
			v.send("form button[type=submit]", "username", "grace")
			v.send("form button[type=submit]", "password", "wrong password")
		}, shows: "The same page after a wrong password."},
	)
}
