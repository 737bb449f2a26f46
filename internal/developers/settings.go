package developers

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Settings are the limits within which people register applications of their own. They are
// declared only here, as provider.Settings are.
type Settings struct {
	// Developers is Nobody, Everybody, or GroupPrefix with the name of a group.
	Developers string `key:"developers" default:"nobody" help:"who can register applications on the page /o/applications/: nobody, everybody, or the people in a group, such as group:developers"`
	// DeveloperLimit is the number of applications for which a person can be responsible.
	DeveloperLimit int `key:"developer_limit" default:"10" min:"1" max:"1000" help:"how many applications a person can register on the page /o/applications/"`
	// DeveloperKinds are some of Kinds. The kind decides which grant types the application has.
	DeveloperKinds []string `key:"developer_kinds" help:"which kinds of applications people can register on the page /o/applications/: web, spa, native, device and machine; the kind determines the grant types (default web, spa, native and device)"`
	// DeveloperScopes are the scopes that these applications can have; nil means openid, profile,
	// email and offline_access.
	DeveloperScopes []string `key:"developer_scopes" help:"scopes that applications registered by people can have (default openid, profile, email and offline_access)"`
	// DeveloperApproval keeps an application disabled until an operator has approved it.
	DeveloperApproval bool `key:"developer_approval" help:"an application that a person registers is disabled until an operator approves it"`
}

// The values of Settings.Developers.
const (
	Nobody      = "nobody"
	Everybody   = "everybody"
	GroupPrefix = "group:" // followed by the name of a group
)

// Kinds are the kinds of applications that people can register, in the order in which they are
// shown.
func Kinds() []string { return []string{"web", "spa", "native", "device", "machine"} }

// SetDefaults sets what is zero.
func SetDefaults(s *Settings) {
	settings.SetDefaults(s)
	if s.DeveloperKinds == nil {
		s.DeveloperKinds = []string{"web", "spa", "native", "device"}
	}
	if s.DeveloperScopes == nil {
		s.DeveloperScopes = []string{oauth.ScopeOpenID, oauth.ScopeProfile, oauth.ScopeEmail, oauth.ScopeOfflineAccess}
	}
}

// Faults returns everything that is wrong with settings whose defaults are set.
func Faults(s *Settings) []error {
	faults := settings.Faults(s)
	group, limited := strings.CutPrefix(s.Developers, GroupPrefix)
	if s.Developers != Nobody && s.Developers != Everybody && (!limited || group == "") {
		faults = append(faults, settings.Faultf("Developers", " is %q; it must be %s, %s, or the name of a group such as %sdevelopers", s.Developers, Nobody, Everybody, GroupPrefix))
	}
	for _, scope := range s.DeveloperScopes {
		if oauth.IsAdminScope(scope) {
			faults = append(faults, settings.Faultf("DeveloperScopes", " contains %q; only administrators give an application access to the admin API", scope))
		}
	}
	for _, kind := range s.DeveloperKinds {
		if !slices.Contains(Kinds(), kind) {
			faults = append(faults, settings.Faultf("DeveloperKinds", " contains %q; the kinds are %s", kind, strings.Join(Kinds(), ", ")))
		}
	}
	return faults
}
