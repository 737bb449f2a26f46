package declared

import (
	"context"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// exportHead is the comment at the beginning of an export.
const exportHead = `The scopes, resources, groups and login providers of the database, the applications that
administrators have added, and the people who have a role. Make changes, and run:
latchkey apply -f FILE

The file contains no secrets. For another database, refer to the secret of each new
application or login provider with secret_file or secret_env.`

// Export writes the file that declares what is stored. It contains no secrets.
func (t *Target) Export(ctx context.Context, w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode, HeadComment: "# " + strings.ReplaceAll(exportHead, "\n", "\n# ") + "\n"}
	for _, export := range []struct {
		kind string
		read func(context.Context, *yaml.Node) error
	}{
		{Scopes, func(ctx context.Context, list *yaml.Node) error { return t.exportDefinitions(ctx, Scopes, list) }},
		{Resources, func(ctx context.Context, list *yaml.Node) error { return t.exportDefinitions(ctx, Resources, list) }},
		{Groups, t.exportGroups},
		{LoginProviders, t.exportProviders},
		{Applications, t.exportApplications},
		{People, t.exportPeople},
	} {
		if !t.Acts.OwnLogin && slices.Contains(OfOwnPeople(), export.kind) {
			continue
		}
		list := &yaml.Node{Kind: yaml.SequenceNode}
		if err := export.read(ctx, list); err != nil {
			return err
		}
		root.Content = append(root.Content, textNode(export.kind), list)
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return err
	}
	return e.Close()
}

func (t *Target) exportProviders(ctx context.Context, list *yaml.Node) error {
	rows, err := t.Store.LoginProviders(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		n, err := exportProvider(row)
		if err != nil {
			return err
		}
		list.Content = append(list.Content, n)
	}
	return nil
}

func (t *Target) exportApplications(ctx context.Context, list *yaml.Node) (err error) {
	failed := eachAdded(ctx, t.Store, func(c *oauth.Client) {
		n, fault := exportApplication(c)
		if fault != nil {
			err = fault
		}
		list.Content = append(list.Content, n)
	})
	if failed != nil {
		return failed
	}
	return err
}

func (t *Target) exportPeople(ctx context.Context, list *yaml.Node) error {
	var people []*account.User
	err := t.eachUserWithRole(ctx, func(u *account.User) {
		if !slices.ContainsFunc(people, func(other *account.User) bool { return other.ID == u.ID }) {
			people = append(people, u)
		}
	})
	for _, u := range people {
		list.Content = append(list.Content, &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode("id"), textNode(u.ID), textNode("username"), textNode(u.Username), textNode("roles"), rolesNode(u.OwnRoles())}})
	}
	return err
}
