package rejections_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
)

func TestRecentReturnsTheLastRejectionsOfAClientNewestFirst(t *testing.T) {
	var log rejections.Log
	for i := range 2000 {
		log.Add(rejections.Rejection{ID: strconv.Itoa(i), ClientID: "client" + strconv.Itoa(i%2)})
	}
	var ids []string
	for _, r := range log.Recent("client0", 3) {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != "1998 1996 1994" {
		t.Errorf("got %s", got)
	}
	if all := log.Recent("", 5000); len(all) != 1000 {
		t.Errorf("the log holds %d rejections, want 1000", len(all))
	}
}

func TestFindReturnsARejectionUntilItIsOverwritten(t *testing.T) {
	var log rejections.Log
	for i := range 1001 {
		log.Add(rejections.Rejection{ID: strconv.Itoa(i)})
	}
	if _, ok := log.Find("0"); ok {
		t.Error("the oldest rejection is still there")
	}
	if r, ok := log.Find("1000"); !ok || r.ID != "1000" {
		t.Errorf("got %+v %t", r, ok)
	}
}

func TestTextsOfARejectionAreLimited(t *testing.T) {
	var log rejections.Log
	log.Add(rejections.Rejection{ID: "a", Detail: strings.Repeat("x", 100_000)})
	if r, _ := log.Find("a"); len(r.Detail) != 4000 {
		t.Errorf("the detail has %d bytes", len(r.Detail))
	}
}
