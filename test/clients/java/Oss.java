import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.ListObjectsV2Request;
import com.aliyun.oss.model.ListObjectsV2Result;
import com.aliyun.oss.model.OSSObject;
import com.aliyun.oss.model.OSSObjectSummary;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.PutObjectRequest;
import java.io.ByteArrayInputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.TreeSet;

/** The older SDK with signature version 4. */
final class Oss {
    private static final String BUCKET = Cases.env("BUCKET");

    private static OSS client(String key, String secret, String token) {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSLDEnabled(true);
        configuration.setSignatureVersion(SignVersion.V4);
        configuration.setMaxErrorRetry(0);
        return OSSClientBuilder.create().endpoint(Cases.env("OSS_ENDPOINT")).credentialsProvider(new DefaultCredentialProvider(key, secret, token))
            .clientConfiguration(configuration).region(Cases.env("REGION")).build();
    }

    private static String put(OSS oss, String key, String body, ObjectMetadata metadata) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return oss.putObject(new PutObjectRequest(BUCKET, key, new ByteArrayInputStream(bytes), metadata)).getETag();
    }

    private static String get(OSS oss, String key) throws Exception {
        return Cases.text(oss.getObject(BUCKET, key).getObjectContent());
    }

    private static int byHttp(URL url) throws Exception {
        return ((HttpURLConnection) url.openConnection()).getResponseCode();
    }

    private static String etag;

    public static void main(String[] args) throws Exception {
        Cases cases = new Cases("OSS", OSS.class);
        List<String> odd = Cases.oddKeys();
        OSS oss = client(Cases.KEY, Cases.SECRET, null);

        cases.run("puts and gets", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/plain");
            metadata.addUserMetadata("owner", "java");
            etag = put(oss, "plain.txt", "hello", metadata);
            OSSObject got = oss.getObject(BUCKET, "plain.txt");
            Cases.equal(Cases.text(got.getObjectContent()), "hello");
            Cases.equal(got.getObjectMetadata().getETag(), etag);
            Cases.equal(got.getObjectMetadata().getUserMetadata().get("owner"), "java");
            GetObjectRequest part = new GetObjectRequest(BUCKET, "plain.txt");
            part.setRange(1, 3);
            Cases.equal(Cases.text(oss.getObject(part).getObjectContent()), "ell");
            return "etag " + etag;
        });

        cases.run("creates once, and not again", () -> {
            ObjectMetadata once = new ObjectMetadata();
            once.setHeader("x-oss-forbid-overwrite", "true");
            put(oss, "once.json", "1", once);
            OSSException error = Cases.refused(OSSException.class, () -> put(oss, "once.json", "2", once));
            Cases.equal(error.getErrorCode(), "FileAlreadyExists");
            Cases.equal(get(oss, "once.json"), "1");
            return "OSSException " + error.getErrorCode();
        });

        cases.run("is told that nothing changed (304)", () -> {
            GetObjectRequest request = new GetObjectRequest(BUCKET, "plain.txt");
            request.setNonmatchingETagConstraints(List.of("\"" + etag + "\""));
            OSSException error = Cases.refused(OSSException.class, () -> oss.getObject(request));
            Cases.equal(error.getErrorCode(), "NotModified");
            return "OSSException " + error.getErrorCode();
        });

        cases.run("lists V2 page by page, with odd keys", () -> {
            for (String key : odd) put(oss, "odd/" + key, key, new ObjectMetadata());
            for (String key : odd) Cases.equal(get(oss, "odd/" + key), key);
            List<String> found = new ArrayList<>();
            int pages = 0;
            String token = null;
            ListObjectsV2Result page;
            do {
                page = oss.listObjectsV2(new ListObjectsV2Request(BUCKET).withPrefix("odd/").withMaxKeys(2).withContinuationToken(token));
                for (OSSObjectSummary one : page.getObjectSummaries()) found.add(one.getKey());
                token = page.getNextContinuationToken();
                pages++;
            } while (page.isTruncated());
            List<String> wanted = new ArrayList<>(odd.stream().map(key -> "odd/" + key).toList());
            wanted.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
            Cases.equal(found, wanted);
            ListObjectsV2Request folded = new ListObjectsV2Request(BUCKET, "odd/");
            folded.setDelimiter("/");
            var folders = new TreeSet<>(oss.listObjectsV2(folded).getCommonPrefixes());
            Cases.equal(folders.toString(), "[odd/a/, odd/über/]");
            return found.size() + " keys on " + pages + " pages; folders " + String.join(" ", folders);
        });

        cases.run("signs URLs that anyone may use", () -> {
            URL url = oss.generatePresignedUrl(BUCKET, "odd/" + odd.get(0), new Date(System.currentTimeMillis() + 60_000));
            Cases.equal(Cases.text(url.openStream()), odd.get(0));
            Cases.equal(byHttp(new URL(url.toString().replace("x-oss-expires=", "x-oss-expires=1"))), 403);
            return "used, and refused with one digit more";
        });

        cases.run("copies", () -> {
            oss.copyObject(BUCKET, "odd/" + odd.get(1), BUCKET, "copied.txt");
            Cases.equal(get(oss, "copied.txt"), odd.get(1));
            return odd.get(1);
        });

        cases.run("deletes", () -> {
            oss.deleteObject(BUCKET, "copied.txt");
            OSSException error = Cases.refused(OSSException.class, () -> get(oss, "copied.txt"));
            oss.deleteObject(BUCKET, "copied.txt");
            Cases.equal(error.getErrorCode(), "NoSuchKey");
            return error.getErrorCode() + ", and deleted again";
        });

        cases.run("works as a role session", () -> {
            String key = Cases.env("SESSION_KEY_ID");
            String secret = Cases.env("SESSION_KEY_SECRET");
            Cases.equal(get(client(key, secret, Cases.env("SESSION_TOKEN")), "plain.txt"), "hello");
            OSSException error = Cases.refused(OSSException.class, () -> get(client(key, secret, null), "plain.txt"));
            return "without its token: " + error.getErrorCode();
        });

        cases.run("reads a refusal as its own error", () -> {
            OSSException error = Cases.refused(OSSException.class, () -> get(oss, "nowhere"));
            Cases.equal(error.getErrorCode(), "NoSuchKey");
            Cases.check(!error.getRequestId().isEmpty(), "no request id");
            return "OSSException " + error.getErrorCode();
        });

        cases.run("is refused with a wrong secret", () -> {
            OSSException error = Cases.refused(OSSException.class, () -> get(client(Cases.KEY, Cases.WRONG, null), "plain.txt"));
            Cases.equal(error.getErrorCode(), "SignatureDoesNotMatch");
            return "OSSException " + error.getErrorCode();
        });
        System.exit(0);
    }
}
