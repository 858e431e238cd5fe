"""The S3 service of the trials: what larder leans on is kept strictly."""

import unittest

from ..object_service import Bucket


class BucketTests(unittest.TestCase):
    def setUp(self):
        self.bucket = Bucket()

    def ask(self, method, target, body=b"", **fields):
        return self.bucket.answer(method, f"/b{target}", {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}, body)

    def test_gives_what_was_put_and_its_ranges(self):
        _, said, _ = self.ask("PUT", "/a/k%20k", b"0123456789")
        status, fields, body = self.ask("GET", "/a/k%20k")
        self.assertEqual((status, fields["etag"], body), (200, said["etag"], b"0123456789"))
        status, fields, body = self.ask("GET", "/a/k%20k", range="bytes=2-4")
        self.assertEqual((status, fields["content-range"], body), (206, "bytes 2-4/10", b"234"))
        self.assertEqual(self.ask("GET", "/a/k%20k", range="bytes=10-12")[0], 416)

    def test_one_is_the_first(self):
        self.assertEqual(self.ask("PUT", "/k", b"1", if_none_match="*")[0], 200)
        self.assertEqual(self.ask("PUT", "/k", b"2", if_none_match="*")[0], 412)
        self.assertEqual(self.ask("GET", "/k")[2], b"1")

    def test_reads_the_very_one_or_none(self):
        etag = self.ask("PUT", "/k", b"1")[1]["etag"]
        self.ask("PUT", "/k", b"2")
        self.assertEqual(self.ask("GET", "/k", if_match=etag)[0], 412)

    def test_what_is_removed_is_gone(self):
        self.ask("PUT", "/k", b"1")
        self.assertEqual(self.ask("DELETE", "/k")[0], 204)
        self.assertEqual(self.ask("DELETE", "/k")[0], 204)
        self.assertEqual(self.ask("GET", "/k")[0], 404)

    def test_lists_in_pages(self):
        for number in range(5):
            self.ask("PUT", f"/p/{number}", b"")
        self.ask("PUT", "/q/0", b"")
        page = self.ask("GET", "?list-type=2&max-keys=3&prefix=p/")[2].decode()
        self.assertIn("<NextContinuationToken>p/2</NextContinuationToken>", page)
        page = self.ask("GET", "?list-type=2&max-keys=3&prefix=p/&continuation-token=p/2")[2].decode()
        self.assertEqual((page.count("<Key>"), "<IsTruncated>false" in page), (2, True))

    def test_puts_parts_together_and_forgets_them(self):
        begun = self.ask("POST", "/k?uploads")[2].decode()
        number = begun.split("<UploadId>")[1].split("<")[0]
        self.assertIn(number, self.ask("GET", "?uploads&prefix=")[2].decode())
        etags = [self.ask("PUT", f"/k?partNumber={place}&uploadId={number}", body)[1]["etag"] for place, body in ((1, b"one"), (2, b"two"))]
        wanted = "".join(f"<Part><PartNumber>{place}</PartNumber><ETag>{etag}</ETag></Part>" for place, etag in enumerate(etags, 1))
        self.assertEqual(self.ask("POST", f"/k?uploadId={number}", f"<CompleteMultipartUpload>{wanted}</CompleteMultipartUpload>".encode())[0], 200)
        self.assertEqual(self.ask("GET", "/k")[2], b"onetwo")
        self.assertEqual(self.ask("DELETE", f"/k?uploadId={number}")[0], 404)

    def test_copies_the_very_one(self):
        etag = self.ask("PUT", "/k", b"1")[1]["etag"]
        self.assertEqual(self.ask("PUT", "/q", x_amz_copy_source="/b/k", x_amz_copy_source_if_match=etag)[0], 200)
        self.assertEqual(self.ask("PUT", "/q", x_amz_copy_source="/b/k", x_amz_copy_source_if_match='"other"')[0], 412)
        self.assertEqual(self.ask("GET", "/q")[2], b"1")


if __name__ == "__main__":
    unittest.main()
