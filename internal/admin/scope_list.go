package admin

import (
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// standardScopes are the scopes of OpenID Connect Core.
var standardScopes = []string{"openid", "profile", "email", "address", "phone", "offline_access"}

// A defined is a scope or a resource with its place in the configuration or in the Store.
type defined[Info any] struct {
	Info  Info
	Row   *oauth.Definition // nil if it is not in the Store
	Fault error             // why it has no effect
}

// key identifies a row of a list. The configuration and the Store can have the same name.
func (d defined[Info]) key(name string) string {
	if d.Row != nil {
		return "stored " + name
	}
	return name
}

// cell returns the cell with the name. A person who can change it gets a link.
func (b *office) definedCell(r *request, path, name string, row *oauth.Definition, fault error) listCell {
	cell := codeCell(name)
	if row == nil {
		return cell
	}
	if r.me.Roles.Allow(account.ScopesWrite) {
		cell.URL = b.path(path, name, "edit")
		if errors.Is(fault, provider.ErrUnreadable) { // it can only be deleted
			cell.URL = b.path(path, name, "delete")
		}
	}
	if fault != nil {
		cell.Badges = append(cell.Badges, listBadge{"bad", ui.Text{"admin.definition.no_effect"}})
	}
	return cell
}

// sourceCell returns the place in which a scope or a resource is defined. The setting is that of the
// configuration.
func (b *office) sourceCell(row *oauth.Definition, setting string) listCell {
	switch {
	case row != nil:
		return listCell{Words: ui.Text{"admin.definition.stored"}}
	case b.HostScopes && setting == "scopes":
		return listCell{Words: ui.Text{"admin.setting_list.host"}}
	}
	return codeCell(setting)
}

// addButton is the link with which administrators add a scope or a resource.
func (b *office) addButton(path string, text ui.Text) []listLink {
	return []listLink{{account.ScopesWrite, ui.Link{Text: text, URL: b.path(path, "add"), Active: true}}}
}

// allScopes returns the scopes of the configuration, and then those of the Store.
func allScopes(all *provider.Definitions) (rows []defined[oauth.ScopeInfo]) {
	for _, info := range all.AllScopes {
		if !slices.ContainsFunc(all.Scopes, func(s provider.DefinedScope) bool { return s.Name == info.Name && s.Fault == nil }) {
			rows = append(rows, defined[oauth.ScopeInfo]{Info: info})
		}
	}
	for i := range all.Scopes {
		s := &all.Scopes[i]
		rows = append(rows, defined[oauth.ScopeInfo]{s.ScopeInfo, &s.Row, s.Fault})
	}
	return rows
}

// scopeList declares the list of scopes.
func (b *office) scopeList(r *request) (*list, error) {
	found, err := b.survey(r)
	if err != nil {
		return nil, err
	}
	all, err := b.Definitions(r.Context())
	if err != nil {
		return nil, err
	}
	type scopeRow = defined[oauth.ScopeInfo]
	l := &list{
		section: "settings", path: "scopes", title: ui.Text{"admin.title.scopes"}, intro: ui.Text{"admin.scope_list.intro", "n", found.allScopes}, tabs: r.tabsOf("scopes"),
		buttons: b.addButton("scopes", ui.Text{"admin.definition.add_scope"}),
		search:  ui.Text{"admin.scope_list.search"}, export: account.SettingsRead, empty: ui.Text{"admin.scope_list.none"}, none: ui.Text{"admin.scope_list.none"},
	}
	return inList(l, allScopes(all), []columnOf[scopeRow]{
		{"scope", ui.Text{"admin.common.scope"}, "scope", "", func(s scopeRow) listCell {
			cell := b.definedCell(r, "scopes", s.Info.Name, s.Row, s.Fault)
			if s.Fault == nil && all.DefaultScopes.Contains(s.Info.Name) {
				cell.Badges = append(cell.Badges, listBadge{"ok", ui.Text{"admin.scope_list.default"}})
			}
			if s.Info.Optional {
				cell.Badges = append(cell.Badges, listBadge{"", ui.Text{"admin.scope_list.optional"}})
			}
			if s.Info.SecondFactor {
				cell.Badges = append(cell.Badges, listBadge{"warn", ui.Text{"admin.scope_list.second_factor"}})
			}
			return cell
		}},
		{"description", ui.Text{"admin.scope_list.description"}, "", "p2", func(s scopeRow) listCell { return listCell{Text: s.Info.Description} }},
		{"claims", ui.Text{"admin.scope_list.claims"}, "", "p3", func(s scopeRow) listCell { return codeCell(strings.Join(s.Info.Claims, " ")) }},
		{"source", ui.Text{"admin.setting_list.source"}, "", "p2", func(s scopeRow) listCell {
			if s.Row == nil && slices.Contains(standardScopes, s.Info.Name) {
				return listCell{Words: ui.Text{"admin.scope_list.standard"}}
			}
			if oauth.IsAdminScope(s.Info.Name) {
				return listCell{Words: ui.Text{"admin.scope_list.built_in"}}
			}
			return b.sourceCell(s.Row, "scopes")
		}},
		{"used_by", ui.Text{"admin.key_list.used_by"}, "", "p2", func(s scopeRow) listCell { return found.scopes.cell(s.Info.Name) }},
	}, func(s scopeRow) string { return s.key(s.Info.Name) },
		map[string]order[scopeRow]{"scope": byText(func(s scopeRow) string { return s.Info.Name })},
		func(s scopeRow) []string { return []string{s.Info.Name, s.Info.Description} }, always), nil
}

// allResources returns the resources of the configuration, and then those of the Store.
func allResources(all *provider.Definitions) (rows []defined[oauth.ResourceInfo]) {
	for _, info := range all.AllResources {
		if !slices.ContainsFunc(all.Resources, func(r provider.DefinedResource) bool { return r.URI == info.URI && r.Fault == nil }) {
			rows = append(rows, defined[oauth.ResourceInfo]{Info: info})
		}
	}
	for i := range all.Resources {
		r := &all.Resources[i]
		rows = append(rows, defined[oauth.ResourceInfo]{r.ResourceInfo, &r.Row, r.Fault})
	}
	return rows
}

// resourceList declares the list of resources.
func (b *office) resourceList(r *request) (*list, error) {
	found, err := b.survey(r)
	if err != nil {
		return nil, err
	}
	all, err := b.Definitions(r.Context())
	if err != nil {
		return nil, err
	}
	type resourceRow = defined[oauth.ResourceInfo]
	l := &list{
		section: "settings", path: "resources", title: ui.Text{"admin.title.resources"}, intro: ui.Text{"admin.resource_list.intro", "n", found.allResources}, tabs: r.tabsOf("resources"),
		buttons: b.addButton("resources", ui.Text{"admin.definition.add_resource"}),
		search:  ui.Text{"admin.resource_list.search"}, export: account.SettingsRead, empty: ui.Text{"admin.resource_list.empty"}, none: ui.Text{"admin.resource_list.none"},
	}
	return inList(l, allResources(all), []columnOf[resourceRow]{
		{"uri", ui.Text{"admin.resource_list.uri"}, "uri", "wrap", func(i resourceRow) listCell {
			cell := b.definedCell(r, "resources", i.Info.URI, i.Row, i.Fault)
			cell.Note = ui.Plain(i.Info.Name)
			return cell
		}},
		{"name", nil, "", "", func(i resourceRow) listCell { return listCell{Text: i.Info.Name} }},
		{"scope", ui.Text{"admin.common.scope"}, "", "p2", func(i resourceRow) listCell { return codeCell(i.Info.Scopes.String()) }},
		{"token_format", ui.Text{"admin.resource_list.format"}, "", "p3", func(i resourceRow) listCell { return codeCell(string(i.Info.TokenFormat)) }},
		{"signing_alg", ui.Text{"admin.key_list.algorithm"}, "", "p3", func(i resourceRow) listCell { return codeCell(i.Info.SigningAlg) }},
		{"introspected_by", ui.Text{"admin.resource_list.introspected_by"}, "", "p3", func(i resourceRow) listCell { return b.clientCell(i.Info.ClientID, "") }},
		{"source", ui.Text{"admin.setting_list.source"}, "", "p2", func(i resourceRow) listCell { return b.sourceCell(i.Row, "resources") }},
		{"used_by", ui.Text{"admin.key_list.used_by"}, "", "p2", func(i resourceRow) listCell { return found.resources.cell(i.Info.URI) }},
	}, func(i resourceRow) string { return i.key(i.Info.URI) },
		map[string]order[resourceRow]{"uri": byText(func(i resourceRow) string { return i.Info.URI })},
		func(i resourceRow) []string { return []string{i.Info.URI, i.Info.Name} }, always), nil
}
