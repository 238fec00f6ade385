package volume

import "fmt"

// Words of names. Those of kinds stand in many names, those of subjects in some, those of places in few; a name's own number is its own.
var (
	kinds = [...]string{
		"informasiya sistemi", "elektron xidməti", "informasiya ehtiyatı", "reyestri", "portalı", "mobil tətbiqi", "texniki tapşırığı", "normativ akt layihəsi",
		"elektron növbə sistemi", "sənəd dövriyyəsi sistemi", "məlumat bazası", "hesabat modulu",
	}
	subjects = [...]string{
		"Əmlakın qiymətləndirilməsi", "Vətəndaş müraciətləri", "Torpaq kadastrı", "Məktəbəqədər təhsil", "İctimai iaşə obyektləri", "Su təchizatı", "Yol hərəkəti",
		"Dərman vasitələri", "Əmək müqavilələri", "Gömrük bəyannamələri", "Ünvan", "Şəhərsalma", "Mədəni irs", "Baytarlıq sertifikatları", "Meşə fondu",
		"Sosial müavinətlər", "Pensiya təminatı", "Notariat hərəkətləri", "İcra sənədləri", "Dövlət satınalmaları", "Ali təhsil", "Peşə təhsili", "Donor qanı",
		"Tikinti icazələri", "Lisenziya və icazələr", "Ekoloji monitorinq", "Hava proqnozu", "Balıqçılıq təsərrüfatı", "Arıçılıq", "Taxıl ehtiyatı", "Yanğın təhlükəsizliyi",
		"Hərbi qeydiyyat", "Miqrasiya xidməti", "Turizm obyektləri", "İdman federasiyaları", "Arxiv sənədləri", "Kitabxana fondu", "Muzey əşyaları", "Radiotezlik",
		"Poçt göndərişləri", "Kommunal ödənişlər", "Qaz sayğacları", "Elektrik şəbəkəsi", "Bələdiyyə vergiləri", "Əlilliyin təyini", "Övladlığa götürmə", "Nikahın qeydiyyatı",
		"Ərzaq təhlükəsizliyi", "Toxumçuluq", "Patent və əmtəə nişanları", "Məhkəmə ekspertizası", "Statistik hesabatlar", "Büdcə icrası", "Kadr ehtiyatı", "Elektron imza",
	}
	places = [...]string{
		"Abşeron", "Ağcabədi", "Ağdam", "Ağdaş", "Ağstafa", "Ağsu", "Astara", "Balakən", "Beyləqan", "Bərdə", "Biləsuvar", "Cəbrayıl", "Cəlilabad", "Daşkəsən", "Füzuli",
		"Gədəbəy", "Goranboy", "Göyçay", "Göygöl", "Hacıqabul", "İmişli", "İsmayıllı", "Kəlbəcər", "Kürdəmir", "Qax", "Qazax", "Qəbələ", "Qobustan", "Quba", "Qubadlı",
		"Qusar", "Laçın", "Lerik", "Lənkəran", "Masallı", "Neftçala", "Oğuz", "Ordubad", "Saatlı", "Sabirabad", "Salyan", "Samux", "Siyəzən", "Sumqayıt", "Şabran", "Şamaxı",
		"Şəki", "Şəmkir", "Şuşa", "Tərtər", "Tovuz", "Ucar", "Xaçmaz", "Xızı", "Xocavənd", "Yardımlı", "Yevlax", "Zaqatala", "Zəngilan", "Zərdab",
	}
	offices = [...]string{
		"Rayon İcra Hakimiyyəti", "Bələdiyyəsi", "Statistika İdarəsi", "Təhsil İdarəsi", "Regional Mədəniyyət İdarəsi", "Su Təsərrüfatı İdarəsi", "Aqrar İnkişaf Mərkəzi",
		"Ərazi Vergilər İdarəsi", "Məşğulluq Mərkəzi", "Regional Meşə İdarəsi", "Dövlət Sosial Müdafiə Şöbəsi", "Qeydiyyat Şöbəsi", "Mərkəzi Xəstəxanası", "Yol İstismarı Müəssisəsi",
		"Arxiv Filialı", "Baytarlıq İdarəsi", "Gənclər və İdman İdarəsi", "Ekologiya Şöbəsi", "Tarix-Diyarşünaslıq Muzeyi", "Peşə Liseyi", "Mənzil Kommunal Birliyi", "Notariat Ofisi",
		"Qaz İstismar Sahəsi", "Elektrik Şəbəkəsi", "Poçt Filialı", "Gömrük Postu", "Kitabxana Sistemi", "Toxumçuluq Təsərrüfatı", "Bərpa Mərkəzi", "Uşaq Evi", "İcra Şöbəsi", "Tikinti İdarəsi",
		"Arıçılıq Mərkəzi", "Dövlət Yanğından Mühafizə Hissəsi",
	}
	given = [...]string{
		"Aygün", "Anar", "Arzu", "Bəxtiyar", "Cavid", "Çinarə", "Dilarə", "Elçin", "Elnur", "Əli", "Fəridə", "Gülər", "Günel", "Həsən", "İlqar", "İradə", "Kamran", "Könül",
		"Lalə", "Leyla", "Məhəmməd", "Mehriban", "Nərgiz", "Nigar", "Orxan", "Pərvin", "Rəşad", "Rövşən", "Sevinc", "Şahin", "Tural", "Ülviyyə", "Vüqar", "Xəyal", "Yusif", "Zəhra",
	}
	family = [...]string{
		"Abbas", "Əliyev", "Bayram", "Cəfər", "Çobanzadə", "Dadaş", "Əhməd", "Əsgər", "Fərəc", "Həsən", "Hüseyn", "İbrahim", "İsmayıl", "Kərim", "Qasım", "Quli", "Məmməd",
		"Mirzə", "Mustafa", "Nəbi", "Novruz", "Orucəli", "Paşa", "Rəhim", "Rüstəm", "Səfər", "Şükür", "Tağı", "Vəli", "Zeynal",
	}
	sentences = [...]string{
		"Göndərdiyiniz layihə struktur bölmələr tərəfindən nəzərdən keçirilmişdir.", "Texniki tapşırığın 4-cü bölməsində mübadilə olunan məlumatların siyahısı göstərilməmişdir.",
		"İnformasiya ehtiyatının sahibi və istifadəçilərin hüquqları ayrıca bənddə müəyyən edilməlidir.", "Layihənin büdcə əsaslandırması əlavə olunmamışdır.",
		"Sistem elektron hökumət informasiya sistemi ilə uyğunlaşdırılmalıdır.", "Fərdi məlumatların mühafizəsi üzrə tədbirlər planı təqdim edilməlidir.",
		"Qeyd olunanlar nəzərə alınmaqla layihənin yenidən təqdim edilməsini xahiş edirik.", "Elektron xidmətin pasportu mövcud formaya uyğundur.",
		"İşçi qrupunun üzvləri layihə üzrə əlavə iradlarının olmadığını bildirmişlər.", "Əlavə sənədlər bu gün sistem vasitəsilə göndərilmişdir.",
	}
)

// CommonTerms are fifty texts that many names hold.
func CommonTerms() []string {
	out := []string{"sistem", "INFORMASIYA", "reyestr", "portal", "tətbiq", "tapşırığ", "sənəd", "növbə", "modul", "layihə", "baza", "xidmət"}
	for i := 0; len(out) < 50; i++ {
		out = append(out, subjects[i])
	}
	return out
}

// RareTerms are fifty texts that one name each holds.
func RareTerms(submissions int) []string {
	var out []string
	for i := range 50 {
		n := (i*7919 + 13) % max(submissions, 1)
		out = append(out, ownNumber(n))
	}
	return out
}

// ownNumber is the part of a name that no other has.
func ownNumber(n int) string { return fmt.Sprintf("L-%d/%03d", 1000+n/1000, n%1000) }
