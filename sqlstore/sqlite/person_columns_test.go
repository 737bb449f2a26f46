package sqlite

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// personColumns are the columns that can contain the ID of a person, and what happens to
// them when the account is deleted. Those of rows that are deleted or cleared are checked by
// the test "Erasure" of storetest. The others have a reason.
//
// The second text is the member of the file with the data of a person (web.PersonData) that
// has the rows, or, after "no list: ", the reason why it has none.
var personColumns = map[string][2]string{
	"latchkey_account.id":             {"deleted", "id"},
	"latchkey_account.username":       {"deleted", "username"},
	"latchkey_factor.user_id":         {"deleted", "factors"},
	"latchkey_picture.user_id":        {"deleted", "picture"},
	"latchkey_session.user_id":        {"deleted", "sessions"},
	"latchkey_session.user_agent":     {"is the name of a program", "sessions"},
	"latchkey_mail.user_id":           {"deleted", "emails"},
	"latchkey_member.user_id":         {"deleted", "groups"},
	"latchkey_invitation.id":          {"deleted", "invitations"},
	"latchkey_invitation.created_by":  {"cleared", "no list: an invitation is about another person"},
	"latchkey_client.owner_id":        {"cleared", "applications"},
	"latchkey_client.co_owners":       {"cleared", "applications"},
	"latchkey_client.settings":        {"cleared: service_user_id", "no list: an administrator assigns an account to an application"},
	"latchkey_deleted_client.client":  {"is deleted within seven days; an application that is restored has no owner without an account", "no list: the application is deleted"},
	"latchkey_consent.subject":        {"deleted", "consents"},
	"latchkey_ticket.subject":         {"deleted", "requests"},
	"latchkey_family.subject":         {"deleted", "access"},
	"latchkey_access_token.subject":   {"is deleted when it expires, which an index would make more expensive for all tokens; it is invalid at once", "access_tokens"},
	"latchkey_subject.id":             {"remains: it makes JWTs invalid, and the ID is never assigned to another person", "no list: it has only the ID"},
	"latchkey_session_client.subject": {"is deleted when the application was notified of the logout", "sessions"},
	"latchkey_removal.subject":        {"is deleted when the removal is complete", "no list: it is the deletion itself"},
	"latchkey_webhook_message.body":   {"is deleted when it was delivered, or has expired: the receivers need it to delete their own data", "no list: it repeats what happened to the account"},
	"latchkey_audit.person":           {"is kept as long as the audit log, which proves what happened", "activity"},
	"latchkey_audit.actor":            {"is kept as long as the audit log, which proves what happened", "activity"},
	"latchkey_audit_queue.person":     {"becomes an entry of the audit log within seconds", "activity"},
	"latchkey_audit_queue.actor":      {"becomes an entry of the audit log within seconds", "activity"},
	"latchkey_attempt.key":            {"is a hash, and is deleted within an hour", "no list: it is a hash"},
	"latchkey_invitation.email":       {"is deleted when the invitation ends, or with the account if the person has confirmed the address", "invitations"},
	"latchkey_mail.recipient":         {"is an address, and is deleted within two days", "emails"},
	"latchkey_account.email":          {"deleted", "email"},
}

// TestEveryColumnAboutAPersonIsErasedOrHasAReason finds columns by their names, so that a new
// one is not forgotten when accounts are deleted and their data are exported.
func TestEveryColumnAboutAPersonIsErasedOrHasAReason(t *testing.T) {
	write, read, _, err := databases(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = read.Close(), write.Close() }()
	rows, err := read.QueryContext(t.Context(), `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name LIKE 'latchkey_%' AND m.name NOT LIKE '%goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	about, known := regexp.MustCompile(`subject|user|owner|person|^actor|account|created_by|_by$|email|recipient`), make(map[string]bool)
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		known[column] = true
		_, name, _ := strings.Cut(column, ".")
		if _, listed := personColumns[column]; about.MatchString(name) && !listed {
			t.Errorf("%s can contain the ID of a person. Delete it in erase (delete_user.go), add it to web.PersonData, and list it here, or give the reasons", column)
		}
	}
	if err := rows.Err(); err != nil || len(known) < 100 {
		t.Fatalf("%d columns, %v", len(known), err)
	}
	file, err := os.ReadFile("../../internal/web/person_data.go")
	if err != nil {
		t.Fatal(err)
	}
	for column, texts := range personColumns {
		if !known[column] {
			t.Errorf("there is no column %s", column)
		}
		if member := texts[1]; !strings.HasPrefix(member, "no list: ") && !strings.Contains(string(file), "`json:\""+member+"\"`") && !strings.Contains(string(file), "`json:\""+member+",") {
			t.Errorf("web.PersonData has no member %q, which has the rows of %s", member, column)
		}
	}
}
