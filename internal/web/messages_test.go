package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestMessageIsWrittenInSteps is S1-32 without a script: attach, take out, send; what was typed and attached outlives every error (J8).
func TestMessageIsWrittenInSteps(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("body")
	const at = "/submissions/s1/messages"
	a := v.upload(at, []string{"text", "Salam"}, file{"attachments", "a.txt", "one"}, file{"attachments", "b.txt", "two"})
	if a.location != at+"#sent" || !slices.Equal(d.asked, []string{"attach a.txt=one", "attach b.txt=two", "message Salam"}) {
		t.Errorf("sent at once: %d %s %v", a.code, a.location, d.asked)
	}
	v.get(at).has(t, "Məktub göndərildi")

	d.asked = nil
	a = v.upload(at, []string{"text", "Qaralama", "do", "attach"}, file{"attachments", "c.txt", "three"})
	if a.location != at+"#write" || !slices.Equal(d.asked, []string{"attach c.txt=three"}) {
		t.Errorf("attached: %d %s %v", a.code, a.location, d.asked)
	}
	v.get(at).has(t, ">Qaralama</textarea>", "c.txt", `name="do" value="remove:w0">Sil`, `href="/submissions/s1/messages/waiting/w0"`)

	// A refused document, and a message without a text: text and the other document stay.
	a = v.upload(at, []string{"text", "Daha uzun", "do", "send"}, file{"attachments", "d.zip", "PK"})
	if a.code != http.StatusUnprocessableEntity || slices.Contains(d.asked, "message Daha uzun") {
		t.Errorf("sent without the document that was refused: %d %v", a.code, d.asked)
	}
	a.has(t, "Xəta:", `href="#attachments"`, ">Daha uzun</textarea>", "c.txt")
	v.upload(at, []string{"text", "", "do", "send"}).has(t, `href="#text"`, "Məktubun mətni: ", "c.txt")
	v.upload(at, []string{"text", "", "do", "attach"}, file{"attachments", "", ""}).has(t, `href="#attachments"`)

	if a := v.upload(at, []string{"text", "Yenə", "do", "remove:w0"}); a.location != at+"#write" || len(d.writing.Attachments) != 0 || d.writing.Text != "Yenə" {
		t.Errorf("taken out: %d %s %+v", a.code, a.location, d.writing)
	}
}

func TestMessagesOnThePage(t *testing.T) { // S1-31
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("body")
	a := v.get("/submissions/s1/messages?query=Əlavə")
	a.has(t, `value="Əlavə"`, "Göndərən şəxs: </span>Nigar Əliyeva", "Göndərilmə tarixi: <time", "əlavə.pdf", "Sağ olun.",
		"Məktub geri götürülüb: Nigar Əliyeva", "Səbəb: Səhv layihəyə yazılıb", "oxuyub: Nigar Əliyeva")
	if d.messageFilter.Query != "Əlavə" {
		t.Errorf("searched for %+v", d.messageFilter)
	}
	if n := strings.Count(a.body, ">Yeni</span>"); n != 1 { // m4: from the other side, read now for the first time
		t.Errorf("%d new messages are marked", n)
	}
	if n := strings.Count(a.body, "/withdraw"); n != 1 { // m2: one's own that stands
		t.Errorf("%d messages can be withdrawn", n)
	}
	d.older = 60
	v.get("/submissions/s1/messages").has(t, `href="/submissions/s1/messages?before=m2">Daha əvvəlki məktublar`)
	v.get("/submissions/s1/messages?before=m2").has(t, "Ən yeni məktublara")
	if d.messageFilter.Before != "m2" {
		t.Errorf("%+v", d.messageFilter)
	}
}

func TestSentMessageIsWithdrawnWithAReason(t *testing.T) { // requirements 8, 7
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("body")
	v.post("/submissions/s1/messages/m2/withdraw", "reason", "").has(t, `href="#reason"`, `id="reason-error"`, "<details open>")
	if a := v.post("/submissions/s1/messages/m2/withdraw", "reason", "Səhv"); a.location != "/submissions/s1/messages#message-m2" || !slices.Contains(d.asked, "take back m2 Səhv") {
		t.Errorf("%d %s %v", a.code, a.location, d.asked)
	}
	for _, path := range []string{"/submissions/s1/messages/m2/delete", "/submissions/s1/messages/m2"} {
		if a := v.post(path); a.code != http.StatusNotFound && a.code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", path, a.code)
		}
	}
}
