package audit

import (
	"context"
	"crypto/hmac"
	"fmt"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Check holds the arguments of Verify.
type Check struct {
	// Key is Config.Key; without it, seals are not checked, and a person who can write to
	// the database can compute a new chain.
	Key []byte
	// Foreign means that Key does not decrypt other secrets of the database. If no seal of the log
	// was computed with Key either, Verify reports this as one fault, and not once for each record.
	Foreign bool
	// Kept is a head that was kept elsewhere, or zero.
	Kept Head
	Now  time.Time // the time of the check
}

// Report is the result of Verify.
type Report struct {
	// Faults are sentences about what is wrong, the first one first. At most MaxFaults are
	// listed.
	Faults []string `json:"faults"`
	// Records is the number of records in the chain, Removed that of records that were
	// removed after the retention period, Erased that of records with an erased part, and Waiting
	// that of records that are not linked yet.
	Records int64 `json:"records"`
	Removed int64 `json:"removed"`
	Erased  int64 `json:"erased"`
	Waiting int64 `json:"waiting"`
	// Unfiled is the number of records that are not in the history of their Target, because they
	// are older than these histories.
	Unfiled int64 `json:"unfiled,omitempty"`
	// Head is the last position, in the form of ParseHead.
	Head string `json:"head"`
	// Sealed reports whether the seals were checked.
	Sealed bool `json:"sealed"`

	validSeals int // seals that were computed with Check.Key
}

// MaxFaults is the maximum number of faults that a Report lists.
const MaxFaults = 20

// maxWait is the longest time that a record should wait before it is linked.
const maxWait = time.Minute

// Verify reads the whole chain, and reports everything that is wrong with it. The error is
// that of the Store.
func Verify(ctx context.Context, store Store, check Check) (*Report, error) {
	report, err := verifyStable(ctx, store, check)
	if err != nil || !check.Foreign || report.validSeals > 0 {
		return report, err
	}
	check.Key = nil
	if report, err = verifyStable(ctx, store, check); err != nil {
		return nil, err
	}
	report.Faults = slices.Insert(report.Faults, 0, "The seals could not be checked: the master key is not that of this database. Use the key of the servers. If this is their key, the database was changed by a program that does not have the key.")
	return report, nil
}

// verifyStable is Verify without Foreign.
func verifyStable(ctx context.Context, store Store, check Check) (*Report, error) {
	for {
		report, anchor, err := verify(ctx, store, check)
		if err != nil || len(report.Faults) == 0 {
			return report, err
		}
		_, now, err := store.AuditHeads(ctx)
		if err != nil || now.Seq == anchor.Seq {
			return report, err
		}
		// Old records were removed while the chain was read.
	}
}

// verify is Verify for a chain from which nothing is removed at the same time. It also returns the
// anchor.
func verify(ctx context.Context, store Store, check Check) (*Report, Head, error) {
	v := &verification{Check: check, Report: Report{Faults: []string{}, Sealed: check.Key != nil}, erased: make(map[string]int64), erasures: make(map[string]bool)}
	// The head is read first: records that are linked at the same time are checked, too.
	head, anchor, err := store.AuditHeads(ctx)
	if err != nil {
		return nil, anchor, err
	}
	v.begin(anchor)
	for {
		rows, err := store.AuditChain(ctx, v.last.Seq, batch)
		if err != nil {
			return nil, anchor, err
		}
		for i := range rows {
			v.row(&rows[i])
		}
		if len(rows) < batch {
			break
		}
	}
	if head.Seq == 0 { // the first records may have been linked at the same time
		if head, _, err = store.AuditHeads(ctx); err != nil {
			return nil, anchor, err
		}
		head = v.sameOrOlder(head)
	}
	v.end(head)
	if err := v.queue(ctx, store); err != nil {
		return nil, anchor, err
	}
	v.missing()
	return &v.Report, anchor, nil
}

// verification is a Verify in progress.
type verification struct {
	Check
	Report
	anchor, last Head
	erased       map[string]int64 // the first row with an erased part, by the person
	erasures     map[string]bool  // people whose erasure was recorded
	keptFound    bool
	filed        bool // a record has a copy of its target
}

func (v *verification) fault(format string, args ...any) {
	if len(v.Faults) < MaxFaults {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

// sealed reports whether a seal is right, or cannot be checked.
func (v *verification) sealed(purpose string, h Head) bool {
	if v.Key == nil {
		return true
	}
	want := seal(v.Key, purpose, h.Seq, h.Hash)
	valid := hmac.Equal(want[:], h.Seal[:])
	if valid {
		v.validSeals++
	}
	return valid
}

// sameOrOlder returns the head, or the last record if the head is newer.
func (v *verification) sameOrOlder(head Head) Head {
	if head.Seq > v.last.Seq {
		return Head{Seq: v.last.Seq, Hash: v.last.Hash, Seal: seal(v.Key, sealHead, v.last.Seq, v.last.Hash)}
	}
	return head
}

func (v *verification) begin(anchor Head) {
	if anchor.Seq > 0 && !v.sealed(sealAnchor, anchor) {
		v.fault("The anchor, after which the log begins at record %d, has a wrong seal: older records were removed by a program without the master key.", anchor.Seq+1)
	}
	v.anchor, v.last, v.Removed = anchor, anchor, anchor.Seq
	v.keep(anchor)
}

// keep compares a position with the head that was kept elsewhere.
func (v *verification) keep(h Head) {
	if v.Kept.Seq == 0 || h.Seq != v.Kept.Seq {
		return
	}
	v.keptFound = true
	if h.Hash != v.Kept.Hash {
		v.fault("Record %d differs from the head that was kept: this record or an earlier one was changed, and the chain was computed again.", h.Seq)
	}
}

// row checks the next row.
func (v *verification) row(r *Row) {
	v.Records++
	switch {
	case r.Seq != v.last.Seq+1:
		v.fault("%s missing: records were deleted.", span(v.last.Seq+1, r.Seq-1))
	default:
		if want := r.chained(v.last.Hash); want != r.Hash {
			v.fault("Record %d (%s, %s) does not continue the chain: it was changed, inserted or moved.", r.Seq, r.Event, r.At.UTC().Format(time.RFC3339))
		}
	}
	v.last = Head{Seq: r.Seq, Hash: r.Hash, At: r.At}
	if !v.sealed(sealRow, Head{Seq: r.Seq, Hash: r.Hash, Seal: r.Seal}) {
		v.fault("Record %d (%s, %s) has a wrong seal: it was not written by a server with this master key.", r.Seq, r.Event, r.At.UTC().Format(time.RFC3339))
	}
	if _, err := r.Record(); err != nil {
		v.fault("Record %d cannot be read.", r.Seq)
	}
	v.filing(r)
	v.part(r, "origin", r.Origin, r.originOf())
	v.part(r, "details", r.Details, r.Person)
	v.erasure(r)
	v.keep(v.last)
}

// filing checks the copy of the target with which the Store finds the record. Databases from before
// 0.1.0 can have records without a copy, before the first record that has one.
func (v *verification) filing(r *Row) {
	switch {
	case r.Misfiled, r.Unfiled && v.filed:
		v.fault("Record %d (%s, %s) is not in the history of its target: the column target of the record was changed.", r.Seq, r.Event, r.At.UTC().Format(time.RFC3339))
	case r.Unfiled:
		v.Unfiled++
	case r.Target() != "":
		v.filed = true
	}
}

// part checks the digest of a part. person is the person that it is about.
func (v *verification) part(r *Row, name string, p Part, person string) {
	if !p.erased() {
		if p.digest() != p.Digest {
			v.fault("Record %d (%s, %s): the %s was changed.", r.Seq, r.Event, r.At.UTC().Format(time.RFC3339), name)
		}
		return
	}
	v.Erased++
	if _, found := v.erased[person]; !found {
		v.erased[person] = r.Seq
	}
}

func (v *verification) erasure(r *Row) {
	if r.Event == oauth.EventErasure && r.Person != "" {
		v.erasures[r.Person] = true
	}
}

// end compares the last row with the head.
func (v *verification) end(head Head) {
	switch {
	case head.Seq > v.last.Seq:
		v.fault("%s missing at the end: the newest records were deleted.", span(v.last.Seq+1, head.Seq))
	case head.Seq == v.last.Seq && head.Hash != v.last.Hash:
		v.fault("The head of the log differs from its last record, %d.", head.Seq)
	}
	if head.Seq > 0 && !v.sealed(sealHead, head) {
		v.fault("The head of the log, at record %d, has a wrong seal.", head.Seq)
	}
	if head.Seq == 0 && v.Records > 0 {
		v.fault("The head of the log was deleted, but the log has records (%d).", v.Records)
	}
	switch {
	case v.Kept.Seq == 0 || v.keptFound:
	case v.Kept.Seq < v.anchor.Seq:
		v.fault("The head that was kept is record %d, which was removed after the retention period. Keep a newer head.", v.Kept.Seq)
	default:
		v.fault("The head that was kept is record %d, but the log ends at record %d: the newest records were deleted.", v.Kept.Seq, v.last.Seq)
	}
	v.Head = v.last.String()
}

// queue reports records that wait for too long.
func (v *verification) queue(ctx context.Context, store Store) error {
	rows, err := store.AuditQueue(ctx, oauth.MostCounted)
	if err != nil {
		return err
	}
	v.Waiting = int64(len(rows))
	for i := range rows {
		v.erasure(&rows[i])
	}
	i := slices.IndexFunc(rows, func(r Row) bool {
		return !r.isErasure() || v.Now.Sub(r.ID.Time()) > maxWait+heldFor
	})
	if i >= 0 && v.Now.Sub(rows[i].ID.Time()) > maxWait {
		v.fault("Records wait to be added to the chain: %d, the first since %s. Start a server, and read its log if it does not add them within a minute.", len(rows), rows[i].ID.Time().UTC().Format(time.RFC3339))
	}
	return nil
}

// missing reports parts that were erased although their person was not deleted.
func (v *verification) missing() {
	first := int64(0)
	for person, seq := range v.erased {
		if !v.erasures[person] && (first == 0 || seq < first) {
			first = seq
		}
	}
	if first > 0 && v.anchor.Seq == 0 {
		v.fault("Record %d has no personal data, but no record says that its person was erased.", first)
	} else if first > 0 {
		v.fault("Record %d has no personal data, and no record that was kept says that its person was erased.", first)
	}
}

// span names a range of records, with its verb.
func span(first, last int64) string {
	if first >= last {
		return fmt.Sprintf("Record %d is", first)
	}
	return fmt.Sprintf("Records %d to %d are", first, last)
}
