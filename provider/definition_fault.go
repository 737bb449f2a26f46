package provider

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A definitionFault is what is wrong with a member of a scope or of a resource.
type definitionFault struct {
	member string // as in the configuration file
	text   string // a sentence without the first capital letter and the period
	// found is the fault that package validate found, or empty.
	found validate.FieldError
}

// fieldError returns the fault for a form or an API.
func (f definitionFault) fieldError() validate.FieldError {
	if f.found.Message != "" {
		return f.found
	}
	return validate.FieldError{Field: f.member, Message: strings.ToUpper(f.text[:1]) + strings.TrimSuffix(f.text[1:], ".") + "."}
}

// fieldErrors returns the faults for a form or an API.
func fieldErrors(faults []definitionFault) (all validate.FieldErrors) {
	for _, fault := range faults {
		all = append(all, fault.fieldError())
	}
	return all
}

// Bounds of scopes and resources.
const (
	maxDefinitionName = 200  // characters of a name, and bytes of a claim
	maxDefinitionText = 500  // characters of a description
	maxScopeClaims    = 50   // the claims of a scope
	maxListedScopes   = 1000 // the scopes of a resource
	maxListedClientID = 512  // bytes of a client_id
)

// firstRepeated returns the first value that is in the list twice.
func firstRepeated(list []string) (value string, found bool) {
	seen := make(map[string]bool)
	for _, value := range list {
		if seen[value] {
			return value, true
		}
		seen[value] = true
	}
	return "", false
}

// faultsOfScope returns what is wrong with a scope that has a name. Its claims are only checked
// by scopeFaults, because they depend on the other scopes.
func faultsOfScope(scope *oauth.ScopeInfo) (faults []definitionFault) {
	add := func(member, text string) { faults = append(faults, definitionFault{member: member, text: text}) }
	if utf8.RuneCountInString(scope.Name) > maxDefinitionName {
		return []definitionFault{{member: "name", text: fmt.Sprintf("a scope has a name of more than %d characters; choose a shorter one", maxDefinitionName)}}
	}
	if utf8.RuneCountInString(scope.Description) > maxDefinitionText {
		add("description", fmt.Sprintf("the description of %q has more than %d characters; choose a shorter one", scope.Name, maxDefinitionText))
	}
	if len(scope.Claims) > maxScopeClaims || slices.ContainsFunc(scope.Claims, func(name string) bool { return len(name) > maxDefinitionName }) {
		add("claims", fmt.Sprintf("the scope %q lists more than %d claims, or a claim of more than %d bytes; remove some", scope.Name, maxScopeClaims, maxDefinitionName))
	}
	if repeated, found := firstRepeated(scope.Claims); found {
		add("claims", fmt.Sprintf("%q lists the claim %q twice; remove one", scope.Name, repeated))
	}
	if !oauth.ValidScope(scope.Name) {
		add("name", strconv.Quote(scope.Name)+" is not a valid scope (RFC 6749 section 3.3); use only ASCII characters other than spaces, quotation marks and backslashes")
	}
	if oauth.IsAdminScope(scope.Name) && !slices.ContainsFunc(oauth.AdminScopeInfos(), func(own oauth.ScopeInfo) bool { return reflect.DeepEqual(own, *scope) }) {
		add("name", strconv.Quote(scope.Name)+" begins with "+oauth.AdminScopePrefix+", as only the scopes of the admin API do; choose another name")
	}
	if scope.Weight != "" && !slices.Contains(oauth.ScopeWeights(), scope.Weight) {
		add("weight", "the weight of "+strconv.Quote(scope.Name)+" is "+strconv.Quote(string(scope.Weight))+"; use identity, read, change or keep")
	}
	for _, fault := range validate.Name("description", scope.Description) {
		faults = append(faults, definitionFault{"description", "the description of " + strconv.Quote(scope.Name) + ": " + fault.Message, fault})
	}
	return faults
}

// scopeFaults returns what is wrong with the scopes.
func scopeFaults(scopes []oauth.ScopeInfo) (faults []error) {
	names := make(map[string]bool)
	for i, scope := range scopes {
		if scope.Name == "" {
			faults = append(faults, settings.Faultf("Scopes", ": the scope at position %d has no name", i+1))
			continue
		}
		for _, fault := range faultsOfScope(&scope) {
			faults = append(faults, settings.Faultf("Scopes", ": %s", fault.text))
		}
		if names[scope.Name] {
			faults = append(faults, settings.Faultf("Scopes", ": %q is listed twice", scope.Name))
		}
		names[scope.Name] = true
	}
	for _, fault := range oauth.CheckClaims(scopes) {
		faults = append(faults, settings.Faultf("Scopes", ": %v", fault))
	}
	return faults
}

// conflictsOf returns the scopes that cannot be used together with a resource.
func conflictsOf(info *oauth.ResourceInfo, scopes []oauth.ScopeInfo) (faults []definitionFault) {
	for i := range scopes {
		name := scopes[i].Name
		if strings.HasPrefix(name, info.URI+"#") {
			faults = append(faults, definitionFault{member: "uri", text: "the name of the scope " + strconv.Quote(name) + " begins with this URI and a #; choose another name"})
		}
		if len(scopes[i].Claims) > 0 && slices.Contains(info.Scopes, name) {
			faults = append(faults, definitionFault{member: "scopes", text: "the scope " + strconv.Quote(name) + " releases claims about the person and cannot belong to a resource"})
		}
	}
	return faults
}

// scopeConflicts returns the scopes that cannot be used together with the resources.
func scopeConflicts(scopes []oauth.ScopeInfo, resources []oauth.ResourceInfo) (faults []error) {
	for i := range resources {
		for _, fault := range conflictsOf(&resources[i], scopes) {
			faults = append(faults, settings.Faultf("Resources", ": %q: %s", resources[i].URI, fault.text))
		}
	}
	return faults
}
