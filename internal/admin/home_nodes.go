package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/counts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// certificateSoon is the remaining lifetime below which a TLS certificate needs attention.
	certificateSoon = 30 * 24 * time.Hour
	// oldBackup is the age at which the last backup needs attention.
	oldBackup = 7 * 24 * time.Hour
)

// fillNodes adds the processes that use the database, and what to do about them.
func (b *office) fillNodes(r *request, page *indexPage) (err error) {
	if page.Nodes, err = b.Store.Nodes(r.Context()); err != nil {
		return err
	}
	var ends time.Time
	for _, n := range page.Nodes {
		if !n.CertificateEnds.IsZero() && (ends.IsZero() || n.CertificateEnds.Before(ends)) {
			ends = n.CertificateEnds
		}
	}
	if !ends.IsZero() {
		page.Health = append(page.Health, healthItem{ui.Text{"admin.home.certificate"}, ui.Text{"admin.home.certificate_ends", "time", ui.Date(ends)}})
	}
	found := slices.Concat(versionAttention(page.Nodes), b.certificateAttention(page.Nodes))
	page.Works = page.Works && len(found) == 0
	page.Attention = append(found, page.Attention...)
	return nil
}

// versionAttention reports that nodes run different versions.
func versionAttention(nodes []oauth.Node) []attention {
	var versions []string
	for _, n := range nodes {
		versions = append(versions, cmp.Or(n.Version, ui.NoValue))
	}
	slices.Sort(versions)
	if versions = slices.Compact(versions); len(versions) < 2 {
		return nil
	}
	return []attention{{Icon: "warn", Text: ui.Text{"admin.home.versions"}, Detail: ui.Text{"admin.home.versions_hint", "versions", strings.Join(versions, ", ")}}}
}

// certificateAttention returns the TLS certificates that expire soon or have expired. Nodes often
// have the same one.
func (b *office) certificateAttention(nodes []oauth.Node) (all []attention) {
	var known []time.Time
	for _, n := range nodes {
		left := n.CertificateEnds.Sub(b.Clock())
		if n.CertificateEnds.IsZero() || left > certificateSoon || len(all) >= mostAttention || slices.ContainsFunc(known, n.CertificateEnds.Equal) {
			continue
		}
		known = append(known, n.CertificateEnds)
		a := attention{Icon: "shield", Text: ui.Text{"admin.home.certificate_soon", "host", cmp.Or(n.Host, ui.NoValue)}, Detail: ui.Date(n.CertificateEnds)}
		if left <= 0 {
			a.Text = ui.Text{"admin.home.certificate_expired", "host", cmp.Or(n.Host, ui.NoValue)}
		}
		all = append(all, a)
	}
	return all
}

// addBackup adds when the last backup was made. The first steps of a new server
// advise making one.
func (b *office) addBackup(page *indexPage, days *counts.Chart) {
	if !b.Store.InOneFile() {
		page.Health = append(page.Health, healthItem{ui.Text{"admin.home.backup"}, ui.Text{"admin.home.backup_outside"}})
		return
	}
	var last time.Time
	for _, n := range days.Series[oauth.TallyBackup] {
		if n > 0 {
			last = time.Unix(n, 0)
		}
	}
	item, todo := healthItem{ui.Text{"admin.home.backup"}, ui.Date(last)}, attention{Icon: "down", Detail: ui.Text{"admin.home.backup_hint"}}
	switch {
	case last.IsZero():
		item.Detail, todo.Text = ui.Text{"admin.home.backup_none"}, ui.Text{"admin.home.backup_missing"}
	case b.Clock().Sub(last) > oldBackup:
		todo.Text = ui.Text{"admin.home.backup_old"}
	}
	page.Health = append(page.Health, item)
	if todo.Text != nil && !page.Empty {
		page.Attention = append(page.Attention, todo)
	}
}
