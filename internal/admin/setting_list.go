package admin

import (
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A Setting is a setting of the server with its value.
type Setting struct {
	Key, Title, Help string // its name, the heading of its group, and what it does, in English
	Value, Default   string // as texts
	Hidden           bool   // it is set, and its value is a secret
	Set              bool   // the value is not the default
	// Source is where it was set: the name of a flag, an environment variable or a file. It is
	// empty for a default, and if the host program set it.
	Source string
}

// settingTabs are the pages of the section with settings.
var settingTabs = []struct {
	path  string
	text  ui.Text
	needs account.Permission
}{
	{"settings", ui.Text{"admin.section.settings"}, account.SettingsRead},
	{"scopes", ui.Text{"admin.title.scopes"}, account.SettingsRead},
	{"resources", ui.Text{"admin.title.resources"}, account.SettingsRead},
	{"exceptions", ui.Text{"admin.title.exceptions"}, account.ApplicationsRead},
	{"trusted-issuers", ui.Text{"admin.title.issuers"}, account.SettingsRead},
	{"webhooks", ui.Text{"admin.title.webhooks"}, account.SettingsRead},
}

// tabsOf returns the links between the pages of the section with settings.
func (r *request) tabsOf(path string) (tabs []ui.Link) {
	for _, t := range settingTabs {
		if r.me.Roles.Allow(t.needs) {
			tabs = append(tabs, ui.Link{Text: t.text, URL: r.b.path(t.path), Active: t.path == path})
		}
	}
	return tabs
}

// inList makes a list of rows that are in memory. texts returns the texts of a row in which a
// search looks.
func inList[Row any](l *list, all []Row, columns []columnOf[Row], key func(Row) string, orders map[string]order[Row], texts func(Row) []string, also func(url.Values, Row) bool) *list {
	selected := func(q url.Values) []Row {
		return slices.DeleteFunc(slices.Clone(all), func(row Row) bool { return !holds(q.Get("q"), texts(row)...) || !also(q, row) })
	}
	l.count = func(q url.Values) (oauth.Count, error) { return counted(selected(q)), nil }
	return declare(l, columns, key, func(q url.Values, p paging.Page) ([]Row, paging.Cursor, error) {
		rows, cursor := part(selected(q), p, orders, key)
		return rows, cursor, nil
	})
}

func always[Row any](url.Values, Row) bool { return true }

// settingList declares the list of all settings.
func (b *office) settingList(r *request) (*list, error) {
	intro := ui.Text{"admin.setting_list.intro"}
	if b.Embedded {
		intro = ui.Text{"admin.setting_list.intro_host"}
	}
	l := &list{
		section: "settings", path: "settings", title: ui.Text{"admin.section.settings"}, intro: intro, tabs: r.tabsOf("settings"),
		search: ui.Text{"admin.setting_list.search"}, export: account.SettingsRead,
		filters: []listFilter{{"set", ui.Text{"admin.setting_list.source"}, []listChoice{
			{"", ui.Text{"admin.common.all"}}, {"yes", ui.Text{"admin.setting_list.changed"}}, {"no", ui.Text{"admin.setting_list.default"}},
		}, true}},
		empty: ui.Text{"admin.setting_list.none"}, none: ui.Text{"admin.setting_list.none"},
	}
	columns := []columnOf[Setting]{
		{"setting", ui.Text{"admin.setting_list.setting"}, "setting", "wrap", func(s Setting) listCell {
			return listCell{Text: s.Key, Code: true, Note: ui.English(s.Help)}
		}},
		{"value", ui.Text{"admin.setting_list.value"}, "", "p2", func(s Setting) listCell {
			switch {
			case s.Hidden:
				return listCell{Words: ui.Text{"admin.setting_list.hidden"}}
			case s.Value == "":
				return listCell{Text: ui.NoValue}
			}
			return codeCell(s.Value)
		}},
		{"default", ui.Text{"admin.setting_list.default"}, "", "p3", func(s Setting) listCell {
			if s.Default == "" {
				return listCell{Text: ui.NoValue}
			}
			return codeCell(s.Default)
		}},
		{"source", ui.Text{"admin.setting_list.source"}, "", "p2", func(s Setting) listCell {
			switch {
			case s.Source != "":
				return codeCell(s.Source)
			case s.Set:
				return listCell{Words: ui.Text{"admin.setting_list.host"}}
			}
			return listCell{Words: ui.Text{"admin.setting_list.is_default"}}
		}},
		{"help", nil, "", "", func(s Setting) listCell { return listCell{Text: s.Help} }},
	}
	return inList(l, b.Settings(), columns, func(s Setting) string { return s.Key },
		map[string]order[Setting]{"setting": byText(func(s Setting) string { return s.Key })},
		func(s Setting) []string { return []string{s.Key, s.Help, s.Title} },
		func(q url.Values, s Setting) bool {
			return q.Get("set") == "" || (q.Get("set") == "yes") == (s.Set || s.Source != "")
		}), nil
}
