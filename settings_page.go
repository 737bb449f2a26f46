package latchkey

import (
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// settingRows returns a function that returns all settings for the back office: those of the
// program, or those of the options. Settings that have no effect, because the people are those of
// the host, are omitted.
func settingRows(o Options) func() []admin.Setting {
	return func() (rows []admin.Setting) {
		all := settings.Of(&o)
		if o.AllSettings != nil {
			all = settings.Of(o.AllSettings)
		}
		for _, s := range all {
			if !o.ownLogin() && o.needsAccounts(s) {
				continue
			}
			value, hidden := s.Text()
			row := admin.Setting{Key: s.Key, Title: s.Title, Help: s.Help, Value: value, Default: s.Default, Hidden: hidden, Set: !s.IsDefault()}
			if s.IsDefault() && s.Default != "" {
				row.Value = s.Default // in the same form, such as 90s and not 1m30s
			}
			switch {
			case o.SettingSource != nil:
				row.Source = o.SettingSource(s.Key)
			case o.AllSettings == nil && row.Set:
				row.Source = "Options." + s.Field
			}
			rows = append(rows, row)
		}
		return rows
	}
}
