package admin

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// standardScopes are the scopes of OpenID Connect Core.
var standardScopes = []string{"openid", "profile", "email", "address", "phone", "offline_access"}

// scopeList declares the list of scopes.
func (b *office) scopeList(r *request) (*list, error) {
	found, err := b.survey(r)
	if err != nil {
		return nil, err
	}
	scopes, err := b.Scopes(r.Context())
	if err != nil {
		return nil, err
	}
	defaults, err := b.DefaultScopes(r.Context())
	if err != nil {
		return nil, err
	}
	l := &list{
		section: "settings", path: "scopes", title: ui.Text{"admin.title.scopes"}, intro: ui.Text{"admin.scope_list.intro", "n", found.allScopes}, tabs: r.tabsOf("scopes"),
		search: ui.Text{"admin.scope_list.search"}, export: account.SettingsRead, empty: ui.Text{"admin.scope_list.none"}, none: ui.Text{"admin.scope_list.none"},
	}
	return inList(l, scopes, []columnOf[oauth.ScopeInfo]{
		{"scope", ui.Text{"admin.common.scope"}, "scope", "", func(s oauth.ScopeInfo) listCell {
			cell := codeCell(s.Name)
			if slices.Contains(defaults, s.Name) {
				cell.Badges = append(cell.Badges, listBadge{"ok", ui.Text{"admin.scope_list.default"}})
			}
			if s.Optional {
				cell.Badges = append(cell.Badges, listBadge{"", ui.Text{"admin.scope_list.optional"}})
			}
			if s.SecondFactor {
				cell.Badges = append(cell.Badges, listBadge{"warn", ui.Text{"admin.scope_list.second_factor"}})
			}
			return cell
		}},
		{"description", ui.Text{"admin.scope_list.description"}, "", "p2", func(s oauth.ScopeInfo) listCell { return listCell{Text: s.Description} }},
		{"claims", ui.Text{"admin.scope_list.claims"}, "", "p3", func(s oauth.ScopeInfo) listCell { return codeCell(strings.Join(s.Claims, " ")) }},
		{"source", ui.Text{"admin.setting_list.source"}, "", "p2", func(s oauth.ScopeInfo) listCell {
			switch {
			case slices.Contains(standardScopes, s.Name):
				return listCell{Words: ui.Text{"admin.scope_list.standard"}}
			case b.HostScopes:
				return listCell{Words: ui.Text{"admin.setting_list.host"}}
			}
			return codeCell("scopes")
		}},
		{"used_by", ui.Text{"admin.key_list.used_by"}, "", "p2", func(s oauth.ScopeInfo) listCell { return found.scopes.cell(s.Name) }},
	}, func(s oauth.ScopeInfo) string { return s.Name },
		map[string]order[oauth.ScopeInfo]{"scope": byText(func(s oauth.ScopeInfo) string { return s.Name })},
		func(s oauth.ScopeInfo) []string { return []string{s.Name, s.Description} }, always), nil
}

// resourceList declares the list of resources.
func (b *office) resourceList(r *request) (*list, error) {
	found, err := b.survey(r)
	if err != nil {
		return nil, err
	}
	l := &list{
		section: "settings", path: "resources", title: ui.Text{"admin.title.resources"}, intro: ui.Text{"admin.resource_list.intro", "n", found.allResources}, tabs: r.tabsOf("resources"),
		search: ui.Text{"admin.resource_list.search"}, export: account.SettingsRead, empty: ui.Text{"admin.resource_list.empty"}, none: ui.Text{"admin.resource_list.none"},
	}
	return inList(l, b.Resources, []columnOf[oauth.ResourceInfo]{
		{"uri", ui.Text{"admin.resource_list.uri"}, "uri", "wrap", func(i oauth.ResourceInfo) listCell {
			return listCell{Text: i.URI, Code: true, Note: ui.Plain(i.Name)}
		}},
		{"name", nil, "", "", func(i oauth.ResourceInfo) listCell { return listCell{Text: i.Name} }},
		{"scope", ui.Text{"admin.common.scope"}, "", "p2", func(i oauth.ResourceInfo) listCell { return codeCell(i.Scopes.String()) }},
		{"token_format", ui.Text{"admin.resource_list.format"}, "", "p3", func(i oauth.ResourceInfo) listCell { return codeCell(string(i.TokenFormat)) }},
		{"signing_alg", ui.Text{"admin.key_list.algorithm"}, "", "p3", func(i oauth.ResourceInfo) listCell { return codeCell(i.SigningAlg) }},
		{"introspected_by", ui.Text{"admin.resource_list.introspected_by"}, "", "p3", func(i oauth.ResourceInfo) listCell { return b.clientCell(i.ClientID, "") }},
		{"source", ui.Text{"admin.setting_list.source"}, "", "p2", func(oauth.ResourceInfo) listCell { return codeCell("resources") }},
		{"used_by", ui.Text{"admin.key_list.used_by"}, "", "p2", func(i oauth.ResourceInfo) listCell { return found.resources.cell(i.URI) }},
	}, func(i oauth.ResourceInfo) string { return i.URI },
		map[string]order[oauth.ResourceInfo]{"uri": byText(func(i oauth.ResourceInfo) string { return i.URI })},
		func(i oauth.ResourceInfo) []string { return []string{i.URI, i.Name} }, always), nil
}
