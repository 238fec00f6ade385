package paper

// Labels are the fixed words on the sheets. The zero value stands for Azerbaijani.
type Labels struct {
	Language string // BCP 47, for the PDF's /Lang

	Number, Date, InReplyTo, Page, Of, NumberOnSeal           string
	VerifyHeading, VerifyText, VerifyCode                     string
	ReceiptTitle, ReceiptText, ReceivedAt, DueDate            string
	RecordTitle, RecordText, RecordMade, RecordFields         string
	Files, FileName, FileSize, SHA256                         string
	ApplicationTitle, ApplicationTo, Position, SealOfTheBody  string
	ElectronicSealHere, RecordAttachment, RecordAttachmentFor string
}

// Azerbaijani returns the words of the state's documents.
func Azerbaijani() Labels {
	return Labels{
		Language: "az",
		Number:   "№", Date: "Tarix", InReplyTo: "%s tarixli, %s nömrəli məktubunuza cavab olaraq", Page: "Səhifə", Of: "/",
		NumberOnSeal:  "Nömrə və tarix elektron möhürün üzərindədir",
		VerifyHeading: "Elektron sənədin yoxlanılması",
		VerifyText:    "Bu sənəd elektron möhürlə təsdiqlənib. Əslini QR kodla və ya nömrə, tarix və yoxlama kodu ilə bu ünvanda yoxlayın:",
		VerifyCode:    "Yoxlama kodu",
		ReceiptTitle:  "Layihənin qəbul edilməsi haqqında təsdiqetmə bildirişi",
		ReceiptText:   "Göndərdiyiniz layihə sistemdə qeydiyyata alınmışdır. Qəbul edilmiş faylların siyahısı aşağıda verilir.",
		ReceivedAt:    "Daxilolma tarixi", DueDate: "Son icra tarixi",
		RecordTitle: "Layihənin göndərilməsi haqqında qeyd",
		RecordText: "Bu səhifə göndərilən məlumatların və faylların tam siyahısıdır. Onu elektron imza ilə imzalamaqla aşağıdakı " +
			"məlumatları təsdiq edirsiniz. Eyni məlumat maşınla oxunan formada bu sənədə əlavə olunub.",
		RecordMade: "Tərtib edilib", RecordFields: "Məlumatlar",
		Files: "Fayllar", FileName: "Faylın adı", FileSize: "Həcmi", SHA256: "SHA-256",
		ApplicationTitle: "MÜRACİƏT MƏKTUBU", ApplicationTo: "Kimə", Position: "Vəzifə", SealOfTheBody: "Elektron imza",
		ElectronicSealHere: "Elektron möhür", RecordAttachment: "Maşınla oxunan qeyd (JSON)", RecordAttachmentFor: "Göndərilən məlumatlar",
	}
}

// English returns the same words in English.
func English() Labels {
	return Labels{
		Language: "en",
		Number:   "No.", Date: "Date", InReplyTo: "In reply to your letter of %s, No. %s", Page: "Page", Of: "/",
		NumberOnSeal:  "Number and date stand on the electronic seal",
		VerifyHeading: "How to verify this document",
		VerifyText:    "This document carries an electronic seal. Check the original by the QR code, or by number, date and control code at:",
		VerifyCode:    "Control code",
		ReceiptTitle:  "Receipt of a project",
		ReceiptText:   "Your project has been registered in the system. The files received are listed below.",
		ReceivedAt:    "Received", DueDate: "Due date",
		RecordTitle: "Record of a project submission",
		RecordText: "This page lists everything that is sent: every field and every file. By signing it electronically you confirm what " +
			"is written below. The same data are attached to this document in machine-readable form.",
		RecordMade: "Made", RecordFields: "Fields",
		Files: "Files", FileName: "File name", FileSize: "Size", SHA256: "SHA-256",
		ApplicationTitle: "APPLICATION LETTER", ApplicationTo: "To", Position: "Position", SealOfTheBody: "Electronic signature",
		ElectronicSealHere: "Electronic seal", RecordAttachment: "Machine-readable record (JSON)", RecordAttachmentFor: "Submitted data",
	}
}

// orDefault returns Azerbaijani for the zero value.
func (l Labels) orDefault() Labels {
	if l.Language == "" {
		return Azerbaijani()
	}
	return l
}
