import com.aliyun.fc20230330.Client;
import com.aliyun.fc20230330.models.InvokeFunctionHeaders;
import com.aliyun.fc20230330.models.InvokeFunctionRequest;
import com.aliyun.fc20230330.models.InvokeFunctionResponse;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teautil.models.RuntimeOptions;
import java.io.ByteArrayInputStream;
import java.util.Map;
import java.util.TreeMap;

final class Fc {
    private static InvokeFunctionResponse invoke(String name, String event, String type, String secret) throws Exception {
        Config config = new Config().setAccessKeyId(Cases.KEY).setAccessKeySecret(secret).setEndpoint(Cases.env("FC_ENDPOINT")).setProtocol("http").setRegionId(Cases.env("REGION"));
        InvokeFunctionRequest request = new InvokeFunctionRequest().setBody(new ByteArrayInputStream(event.getBytes()));
        return new Client(config).invokeFunctionWithOptions(name, request, new InvokeFunctionHeaders().setXFcInvocationType(type), new RuntimeOptions());
    }

    public static void main(String[] args) {
        Cases cases = new Cases("FC", Client.class);
        String function = Cases.env("FUNCTION");

        cases.run("invokes a function", () -> {
            InvokeFunctionResponse reply = invoke(function, "hello", "Sync", Cases.SECRET);
            Cases.equal(Cases.json(Cases.text(reply.getBody())).get("text"), "hello");
            return reply.getStatusCode() + " and what it returned";
        });

        cases.run("invokes asynchronously", () -> {
            InvokeFunctionResponse reply = invoke(function, "later", "Async", Cases.SECRET);
            Cases.equal(reply.getStatusCode(), 202);
            return String.valueOf(reply.getStatusCode());
        });

        cases.run("tells a failed function from a failed call", () -> {
            InvokeFunctionResponse reply = invoke(function, "throw", "Sync", Cases.SECRET);
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            headers.putAll(reply.getHeaders());
            Cases.equal(Cases.json(Cases.text(reply.getBody())).get("errorType"), "TypeError");
            Cases.check(headers.get("x-fc-error-type") != null, headers);
            return reply.getStatusCode() + " with x-fc-error-type " + headers.get("x-fc-error-type");
        });

        cases.run("reads a refusal as its own error", () -> {
            TeaException error = Cases.refused(TeaException.class, () -> invoke("nobody", "hello", "Sync", Cases.SECRET));
            Cases.equal(error.getCode(), "FunctionNotFound");
            Cases.equal(error.getStatusCode(), 404);
            return "TeaException " + error.getCode() + " " + error.getStatusCode();
        });

        cases.run("is refused with a wrong secret", () -> {
            TeaException error = Cases.refused(TeaException.class, () -> invoke(function, "hello", "Sync", Cases.WRONG));
            Cases.equal(error.getCode(), "SignatureDoesNotMatch");
            return "TeaException " + error.getCode();
        });
    }
}
