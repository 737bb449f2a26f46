package adminapi

import (
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Reference returns the operations and the scopes as Markdown.
func Reference() string {
	var page strings.Builder
	page.WriteString("\n## Scopes\n\n| scope | for |\n|---|---|\n")
	for _, info := range oauth.AdminScopeInfos() {
		fmt.Fprintf(&page, "| `%s` | %s |\n", info.Name, info.Description)
	}
	group := ""
	for _, op := range (&api{}).all() {
		if op.tag != group {
			group = op.tag
			fmt.Fprintf(&page, "\n## %s\n\n| operation | purpose | permission | scope |\n|---|---|---|---|\n", upper(group))
		}
		purpose := upper(op.summary) + ". " + op.explained()
		for _, p := range op.query {
			if p.name == "limit" || p.name == "cursor" {
				continue
			}
			purpose += fmt.Sprintf(" `%s`: %s", p.name, lower(p.help))
		}
		scope := "any"
		if all := scopesOf(op.permission); len(all) <= 2 {
			scope = "`" + strings.TrimPrefix(all[0], oauth.AdminScopePrefix) + "`"
		}
		fmt.Fprintf(&page, "| `%s /%s` | %s | `%s` | %s |\n", op.method, op.path, strings.TrimSpace(purpose), op.permission, scope)
	}
	page.WriteString("\n")
	return page.String()
}

func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }
