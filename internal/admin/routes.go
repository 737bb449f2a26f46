package admin

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
)

// Patterns returns the patterns of all pages and actions, for tests. They begin
// with a method and a path below the prefix.
func Patterns() []string { return slices.Sorted(maps.Keys(new(office).handlers())) }

// Endpoints returns all pages and actions, with the default prefix, for the reference.
func Endpoints() (all []endpoint.Endpoint) {
	routes := new(office).handlers()
	for _, pattern := range Patterns() {
		method, path, _ := strings.Cut(strings.TrimSuffix(pattern, "{$}"), " ")
		all = append(all, endpoint.Endpoint{Methods: method, Path: "/admin" + path, Purpose: routes[pattern].purpose, Authentication: "`" + string(routes[pattern].permission) + "`"})
	}
	slices.SortStableFunc(all, func(a, b endpoint.Endpoint) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// routes registers all pages and actions.
func (b *office) routes(mux *http.ServeMux) {
	for pattern, r := range b.handlers() {
		if _, path, _ := strings.Cut(pattern, " /"); !b.OwnLogin && hostsOwn(strings.SplitN(strings.TrimPrefix(path, "export/"), "/", 2)[0]) {
			continue
		}
		method, path, _ := strings.Cut(pattern, " /")
		mux.HandleFunc(method+" "+b.Prefix+path, b.page(r.permission, r.serve))
	}
	mux.HandleFunc(b.Prefix, b.page(account.OverviewRead, func(r *request) error {
		if section, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, b.Prefix), "/"); !b.OwnLogin && hostsOwn(section) {
			return errHostsOwn
		}
		return errGone
	}))
	if b.Prefix != "/" {
		mux.HandleFunc("/", b.misplaced)
	}
}

// misplaced answers a request for a path that is not below the prefix. The first one is
// logged as a warning, with the path. Anybody can send the others, so their paths are not logged.
func (b *office) misplaced(w http.ResponseWriter, r *http.Request) {
	level, which := slog.LevelInfo, []any{"admin_path", b.Prefix}
	b.warnMount.Do(func() {
		level, which = slog.LevelWarn, append(which, "path", r.URL.Path[:min(len(r.URL.Path), 100)])
	})
	b.Logger.Log(r.Context(), level, "the path of a request to the back office is not below AdminPath: mount Server.Admin at that path, without http.StripPrefix, or set Options.AdminPath to the path at which it is mounted", which...)
	http.NotFound(w, r)
}

// A route is a page or an action.
type route struct {
	// A person who is logged in and does not have the permission gets an error page.
	permission account.Permission
	purpose    string
	serve      handler
}

// handlers returns all pages and actions by their patterns.
func (b *office) handlers() map[string]route {
	return map[string]route{
		"GET /{$}":        {account.OverviewRead, "overview", b.index},
		"GET /search/{$}": {account.OverviewRead, "search for people, applications, pages and actions", b.search},

		"GET /applications/{$}":                          {account.ApplicationsRead, "list of applications", b.showList(b.clientList)},
		"POST /applications/{$}":                         {account.TokensRevoke, "disables applications, or revokes their tokens", b.actOnList(b.clientList)},
		"GET /applications/add/{$}":                      {account.ApplicationsTrust, "form for a new application", b.clientAdd},
		"POST /applications/add/{$}":                     {account.ApplicationsTrust, "adds an application", b.clientCreate},
		"GET /applications/{id}/{$}":                     {account.ApplicationsRead, "an application", b.clientShow},
		"GET /applications/{id}/edit/{$}":                {account.ApplicationsDescribe, "form of an application", b.clientEdit},
		"POST /applications/{id}/edit/{$}":               {account.ApplicationsDescribe, "changes an application", b.clientUpdate},
		"GET /applications/{id}/delete/{$}":              {account.ApplicationsDelete, "asks for confirmation before an application is deleted", b.clientConfirmDelete},
		"POST /applications/{id}/delete/{$}":             {account.ApplicationsDelete, "deletes an application", asking(shown(b.clientConfirmDelete), b.clientDelete)},
		"GET /applications/deleted/{$}":                  {account.ApplicationsRead, "list of deleted applications that can be restored", b.clientDeleted},
		"POST /applications/{id}/restore/{$}":            {account.ApplicationsTrust, "restores a deleted application", b.clientRestore},
		"POST /applications/{id}/secret/{$}":             {account.ApplicationsSecrets, "rotates or removes a secret", asking(b.askSecret, b.clientSecret)},
		"POST /applications/{id}/registration-token/{$}": {account.ApplicationsSecrets, "revokes the token with which an application manages its own registration", asking(b.askRegistrationToken, b.clientRegistrationToken)},
		"POST /applications/{id}/approval/{$}":           {account.ApplicationsApprove, "approves or rejects an application that a person registered or changed", b.clientApproval},
		"POST /applications/{id}/switch/{$}":             {account.ApplicationsWrite, "disables or enables an application", asking(b.askClientSwitch, b.clientSwitch)},
		"POST /applications/{id}/revoke/{$}":             {account.TokensRevoke, "revokes the tokens of an application", asking(b.askClientRevoke, b.clientRevoke)},

		"GET /users/{$}":                {account.PeopleRead, "list of users", b.showList(b.userList)},
		"POST /users/{$}":               {account.TokensRevoke, "disables users, or logs them out", b.actOnList(b.userList)},
		"GET /users/add/{$}":            {account.PeopleWrite, "form for a new user", b.userAdd},
		"POST /users/add/{$}":           {account.PeopleWrite, "adds a user", b.userCreate},
		"GET /users/{id}/{$}":           {account.PeopleRead, "a user", b.userEdit},
		"POST /users/{id}/{$}":          {account.PeopleWrite, "changes a user", b.userUpdate},
		"POST /users/{id}/password/{$}": {account.PeopleCredentials, "sets a new password", asking(b.askPassword, b.userPassword)},
		"POST /users/{id}/metadata/{$}": {account.PeopleWrite, "replaces the metadata of a user", b.userMetadata},
		"POST /users/{id}/picture/{$}":  {account.PeopleWrite, "removes the picture of a user", asking(b.askPicture, b.userPicture)},
		"POST /users/{id}/logout/{$}":   {account.TokensRevoke, "ends the sessions of a user", asking(b.askUserLogout, b.userLogout)},
		"POST /users/{id}/factors/{$}":  {account.PeopleCredentials, "removes the second factors that a user has lost", asking(b.askFactors, b.userFactors)},
		"POST /users/{id}/switch/{$}":   {account.PeopleWrite, "disables or enables a user", asking(b.askUserSwitch, b.userSwitch)},

		"POST /users/{id}/api-tokens/{$}": {account.TokensRevoke, "revokes a token of a user for the admin API", asking(b.askUserToken, b.userTokenRevoke)},

		"GET /users/{id}/delete/{$}":  {account.PeopleWrite, "asks for confirmation before a user is deleted", b.userConfirmDelete},
		"POST /users/{id}/delete/{$}": {account.PeopleWrite, "deletes a user", asking(shown(b.userConfirmDelete), b.userDelete)},
		"POST /users/{id}/keep/{$}":   {account.PeopleWrite, "cancels the deletion that a user has requested", b.userKeep},
		"POST /users/{id}/export/{$}": {account.PeopleExport, "returns all stored data of a user as a JSON file", b.userExport},

		"GET /groups/{$}":               {account.PeopleRead, "list of groups", b.showList(b.groupList)},
		"GET /groups/add/{$}":           {account.PeopleRoles, "form for a new group", b.groupAdd},
		"POST /groups/add/{$}":          {account.PeopleRoles, "adds a group", b.groupCreate},
		"GET /groups/{id}/{$}":          {account.PeopleRead, "a group, with its members", b.groupShow},
		"POST /groups/{id}/{$}":         {account.PeopleRoles, "removes people from a group", b.actOnList(b.memberList)},
		"POST /groups/{id}/members/{$}": {account.PeopleRoles, "adds people to a group", b.membersAdd},
		"GET /groups/{id}/edit/{$}":     {account.PeopleRoles, "form of a group", b.groupEdit},
		"POST /groups/{id}/edit/{$}":    {account.PeopleRoles, "changes a group", asking(b.askGroup, b.groupUpdate)},
		"GET /groups/{id}/delete/{$}":   {account.PeopleRoles, "asks for confirmation before a group is deleted", b.groupConfirmDelete},
		"POST /groups/{id}/delete/{$}":  {account.PeopleRoles, "deletes a group", asking(shown(b.groupConfirmDelete), b.groupDelete)},

		"GET /invitations/{$}":  {account.PeopleRead, "list of invitations", b.showInvitationList},
		"POST /invitations/{$}": {account.PeopleInvite, "creates or sends an invitation, or withdraws some", b.actOnListOr(b.invitationList, asking(b.askInvitation, b.invitationChange))},

		"GET /tokens/{$}":        {account.TokensRead, "list of tokens", b.showList(b.tokenList)},
		"POST /tokens/{$}":       {account.TokensRevoke, "revokes tokens", b.actOnList(b.tokenList)},
		"POST /tokens/find/{$}":  {account.TokensRead, "finds a token by the token itself or its ID, or a rejected request by its error ID", b.tokenFind},
		"GET /tokens/find/{$}":   {account.TokensRead, "shows the person and the application of the token with an ID", b.tokenByID},
		"GET /requests/{$}":      {account.TokensRead, "list of codes and requests that have not been used", b.showTicketList},
		"POST /requests/{$}":     {account.TokensRevoke, "cancels codes and requests that have not been used", b.actOnList(b.ticketList)},
		"GET /consents/{$}":      {account.TokensRead, "list of consents", b.showList(b.consentList)},
		"POST /consents/{$}":     {account.TokensRevoke, "withdraws consents", b.actOnList(b.consentList)},
		"GET /sessions/{$}":      {account.TokensRead, "list of login sessions", b.showList(b.sessionList)},
		"POST /sessions/{$}":     {account.TokensRevoke, "ends sessions", b.actOnList(b.sessionList)},
		"GET /attempts/{$}":      {account.ErrorsRead, "list of the last attempts to log in to applications", b.showLive("attempt_list", b.attemptList)},
		"GET /attempts/{id}/{$}": {account.ErrorsRead, "an attempt, with all its steps", b.attemptShow},
		"GET /problems/{$}":      {account.ErrorsRead, "list of errors", b.showLive("problem_list", b.problemList)},

		"GET /problems/{id}/{$}":           {account.ErrorsRead, "a rejected request, with its checks and how to fix it", b.problemShow},
		"POST /problems/{id}/redirect/{$}": {account.ApplicationsSecrets, "registers the redirect URI of a rejected request", asking(b.askRedirectURI, b.addRedirectURI)},

		"GET /export/applications/{$}": {account.ApplicationsRead, "applications as a file, CSV or JSON", b.exportList(b.clientList)},
		"GET /export/users/{$}":        {account.PeopleExport, "users as a file, CSV or JSON", b.exportList(b.userList)},
		"GET /export/groups/{$}":       {account.PeopleExport, "groups as a file, CSV or JSON", b.exportList(b.groupList)},
		"GET /export/groups/{id}/{$}":  {account.PeopleExport, "members of a group as a file, CSV or JSON", b.exportList(b.memberList)},
		"GET /export/tokens/{$}":       {account.TokensRead, "tokens as a file, CSV or JSON", b.exportList(b.tokenList)},
		"GET /export/requests/{$}":     {account.TokensRead, "unfinished requests as a file, CSV or JSON", b.exportList(b.ticketList)},
		"GET /export/consents/{$}":     {account.TokensRead, "consents as a file, CSV or JSON", b.exportList(b.consentList)},
		"GET /export/invitations/{$}":  {account.PeopleExport, "invitations as a file, CSV or JSON", b.exportList(b.invitationList)},
		"GET /export/registration/{$}": {account.RegistrationRead, "initial access tokens as a file, CSV or JSON", b.exportList(b.registrationList)},
		"GET /export/keys/{$}":         {account.KeysRead, "signing keys as a file, CSV or JSON", b.exportList(b.keyList)},
		"GET /export/problems/{$}":     {account.ErrorsRead, "rejected requests as a file, CSV or JSON", b.exportList(b.problemList)},
		"GET /export/attempts/{$}":     {account.ErrorsRead, "attempts as a file, CSV or JSON", b.exportList(b.attemptList)},
		"GET /export/sessions/{$}":     {account.TokensRead, "login sessions as a file, CSV or JSON", b.exportList(b.sessionList)},

		"GET /posture/{$}":                {account.PostureRead, "how strict the server is: its rules, the exceptions of applications, and the findings of latchkey check", b.showPosture},
		"GET /settings/{$}":               {account.SettingsRead, "list of settings, with their values and where they were set", b.showList(b.settingList)},
		"GET /scopes/{$}":                 {account.SettingsRead, "list of scopes", b.showList(b.scopeList)},
		"GET /resources/{$}":              {account.SettingsRead, "list of resources", b.showList(b.resourceList)},
		"GET /scopes/add/{$}":             {account.ScopesWrite, "form for a new scope", b.definitionAdd(true)},
		"POST /scopes/add/{$}":            {account.ScopesWrite, "adds a scope", b.definitionCreate(true)},
		"GET /scopes/{id}/edit/{$}":       {account.ScopesWrite, "form of a scope", b.definitionEdit(true)},
		"POST /scopes/{id}/edit/{$}":      {account.ScopesWrite, "changes a scope", b.definitionUpdate(true)},
		"GET /scopes/{id}/delete/{$}":     {account.ScopesWrite, "asks for confirmation before a scope is deleted", b.definitionConfirmDelete(true)},
		"POST /scopes/{id}/delete/{$}":    {account.ScopesWrite, "deletes a scope", asking(shown(b.definitionConfirmDelete(true)), b.definitionDelete(true))},
		"GET /resources/add/{$}":          {account.ScopesWrite, "form for a new resource", b.definitionAdd(false)},
		"POST /resources/add/{$}":         {account.ScopesWrite, "adds a resource", b.definitionCreate(false)},
		"GET /resources/{id}/edit/{$}":    {account.ScopesWrite, "form of a resource", b.definitionEdit(false)},
		"POST /resources/{id}/edit/{$}":   {account.ScopesWrite, "changes a resource", b.definitionUpdate(false)},
		"GET /resources/{id}/delete/{$}":  {account.ScopesWrite, "asks for confirmation before a resource is deleted", b.definitionConfirmDelete(false)},
		"POST /resources/{id}/delete/{$}": {account.ScopesWrite, "deletes a resource", asking(shown(b.definitionConfirmDelete(false)), b.definitionDelete(false))},
		"GET /exceptions/{$}":             {account.ApplicationsRead, "list of applications with exceptions for legacy features", b.showList(b.exceptionList)},
		"GET /trusted-issuers/{$}":        {account.SettingsRead, "list of trusted issuers", b.showList(b.issuerList)},
		"GET /webhooks/{$}":               {account.SettingsRead, "list of webhooks and their deliveries", b.showList(b.webhookList)},

		"GET /export/settings/{$}":        {account.SettingsRead, "settings as a file, CSV or JSON", b.exportList(b.settingList)},
		"GET /export/scopes/{$}":          {account.SettingsRead, "scopes as a file, CSV or JSON", b.exportList(b.scopeList)},
		"GET /export/resources/{$}":       {account.SettingsRead, "resources as a file, CSV or JSON", b.exportList(b.resourceList)},
		"GET /export/exceptions/{$}":      {account.ApplicationsRead, "exceptions as a file, CSV or JSON", b.exportList(b.exceptionList)},
		"GET /export/trusted-issuers/{$}": {account.SettingsRead, "trusted issuers as a file, CSV or JSON", b.exportList(b.issuerList)},
		"GET /export/webhooks/{$}":        {account.SettingsRead, "webhooks as a file, CSV or JSON", b.exportList(b.webhookList)},

		"GET /audit/{$}":        {account.AuditRead, "audit log", b.showAudit},
		"GET /audit/export/{$}": {account.AuditExport, "audit log as a file, CSV or JSON lines", b.auditExport},

		"GET /api-tokens/{$}":            {account.OverviewRead, "tokens of the person for the admin API", b.apiTokenList},
		"GET /all-api-tokens/{$}":        {account.TokensRead, "list of the tokens of all people for the admin API", b.showList(b.ownedTokenList)},
		"POST /all-api-tokens/{$}":       {account.TokensRevoke, "revokes tokens of people for the admin API", b.actOnList(b.ownedTokenList)},
		"GET /export/all-api-tokens/{$}": {account.TokensRead, "tokens of all people for the admin API as a file, CSV or JSON, without secrets", b.exportList(b.ownedTokenList)},
		"POST /api-tokens/{$}":           {account.TokensPersonal, "adds or revokes a token of the person for the admin API", asking(b.askAPIToken, b.apiTokenChange)},

		"GET /registration/{$}":  {account.RegistrationRead, "list of initial access tokens", b.showRegistrationList},
		"POST /registration/{$}": {account.RegistrationWrite, "adds an initial access token, or revokes some", b.actOnListOr(b.registrationList, asking(b.askInitialAccess, b.initialAccessChange))},

		"GET /login-providers/{$}":              {account.ProvidersRead, "list of login providers", b.providerList},
		"GET /login-providers/add/{$}":          {account.ProvidersWrite, "form for a new login provider", b.providerAdd},
		"POST /login-providers/add/{$}":         {account.ProvidersWrite, "adds a login provider", b.providerCreate},
		"GET /login-providers/{id}/{$}":         {account.ProvidersRead, "a login provider, with its settings", b.providerShow},
		"GET /login-providers/{id}/edit/{$}":    {account.ProvidersWrite, "form of a login provider", b.providerEdit},
		"POST /login-providers/{id}/edit/{$}":   {account.ProvidersWrite, "changes a login provider", b.providerUpdate},
		"POST /login-providers/{id}/delete/{$}": {account.ProvidersWrite, "removes a login provider", asking(shown(b.providerConfirmDelete), b.providerDelete)},
		"POST /login-providers/{id}/switch/{$}": {account.ProvidersWrite, "disables or enables a login provider", asking(b.askProviderSwitch, b.providerSwitch)},
		"POST /login-providers/{id}/try/{$}":    {account.ProvidersTest, "begins a test login at a login provider, which logs nobody in", b.providerTry},
		"GET /login-providers/{id}/tried/{$}":   {account.ProvidersTest, "the result of a test login", b.providerTried},
		"POST /login-providers/{id}/test/{$}":   {account.ProvidersTest, "tests a login provider", b.providerTest},

		"GET /keys/{$}":              {account.KeysRead, "list of signing keys", b.showKeys},
		"POST /keys/{$}":             {account.KeysWrite, "rotates a key", asking(b.askKeyRotate, b.keyRotate)},
		"GET /keys/{id}/retire/{$}":  {account.KeysWrite, "asks before a key is retired", b.keyConfirmRetire},
		"POST /keys/{id}/retire/{$}": {account.KeysWrite, "retires a key", asking(shown(b.keyConfirmRetire), b.keyRetire)},
	}
}
