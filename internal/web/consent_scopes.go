package web

import (
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// weightIcons and weightTitles describe the groups of scopes on the consent page.
var (
	weightIcons  = map[oauth.ScopeWeight]string{oauth.WeightIdentity: "person", oauth.WeightRead: "eye", oauth.WeightChange: "edit", oauth.WeightKeep: "clock"}
	weightTitles = map[oauth.ScopeWeight]ui.Text{
		oauth.WeightIdentity: {"consent.weight_identity"}, oauth.WeightRead: {"consent.weight_read"},
		oauth.WeightChange: {"consent.weight_change"}, oauth.WeightKeep: {"consent.weight_keep"},
	}
)

// consentGroups returns the scopes of the page in groups. Those in missing are marked as
// new if the person has allowed the others before, which are in held.
func (h *Handler) consentGroups(say *ui.Language, req *provider.AuthorizationRequest, missing oauth.Scopes, answer url.Values) (groups []scopeGroup, held []consentScope) {
	requested := req.RequestedScopes()
	someNew := len(missing) > 0 && len(missing) < len(requested)
	byWeight := make(map[oauth.ScopeWeight][]consentScope)
	for _, name := range requested {
		info, _ := h.OAuth.Scope(name)
		info.Name = name
		weight := info.EffectiveWeight()
		scope := consentScope{
			Name: name, Description: h.scopeText(say, name), Icon: weightIcons[weight], Heavy: weight.Heavy(),
			Optional: optionalScope(req.Client, &info), New: someNew && missing.Contains(name),
			Unticked: !ticked(req.Client, &info, missing, answer),
		}
		if someNew && !scope.New {
			held = append(held, scope)
			continue
		}
		byWeight[weight] = append(byWeight[weight], scope)
	}
	for _, weight := range oauth.ScopeWeights() {
		if scopes := byWeight[weight]; len(scopes) > 0 {
			groups = append(groups, scopeGroup{Weight: string(weight), Title: weightTitles[weight], Heavy: weight.Heavy(), Scopes: scopes})
		}
	}
	return groups, held
}

// optionalScope reports whether the person can decline the scope and allow the others.
// They can always decline what an agent would do without asking them.
func optionalScope(c *oauth.Client, info *oauth.ScopeInfo) bool {
	return info.Optional || c.Agent && info.EffectiveWeight().Heavy()
}

// ticked reports whether an optional scope is selected when the page is shown. answer is a
// submitted form, or nil. At first, a scope is selected only if the person has allowed it
// before, or if the application recommends it and is not an agent.
func ticked(c *oauth.Client, info *oauth.ScopeInfo, missing oauth.Scopes, answer url.Values) bool {
	if answer != nil {
		return slices.Contains(answer["scope"], info.Name)
	}
	return !missing.Contains(info.Name) || c.RecommendedScopes.Contains(info.Name) && !(c.Agent && info.EffectiveWeight().Heavy())
}

// allowedScopes returns the scopes that the person allowed: all that are not
// optional, and the selected ones of those that are.
func (h *Handler) allowedScopes(req *provider.AuthorizationRequest, selected []string) oauth.Scopes {
	var scopes oauth.Scopes
	for _, name := range req.RequestedScopes() {
		info, _ := h.OAuth.Scope(name)
		info.Name = name
		if !optionalScope(req.Client, &info) || slices.Contains(selected, name) {
			scopes = append(scopes, name)
		}
	}
	return scopes
}

// scopeText returns the description of a scope, or its name if it has none.
func (h *Handler) scopeText(say *ui.Language, name string) string {
	info, _ := h.OAuth.Scope(name)
	return say.Plain(ui.Scope(name, info.Description))
}
