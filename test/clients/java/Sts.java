import com.aliyun.sts20150401.Client;
import com.aliyun.sts20150401.models.AssumeRoleRequest;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;

final class Sts {
    private static final String ACCOUNT = Cases.env("ACCOUNT_ID");

    private static Client client(String key, String secret, String token) throws Exception {
        return new Client(new Config().setAccessKeyId(key).setAccessKeySecret(secret).setSecurityToken(token).setEndpoint(Cases.env("STS_ENDPOINT")).setProtocol("http"));
    }

    private static AssumeRoleRequest role(String name) {
        return new AssumeRoleRequest().setRoleArn("acs:ram::" + ACCOUNT + ":role/" + name).setRoleSessionName("java").setDurationSeconds(900L);
    }

    public static void main(String[] args) throws Exception {
        Cases cases = new Cases("STS", Client.class);
        Client user = client(Cases.KEY, Cases.SECRET, null);

        cases.run("asks who it is", () -> {
            var who = user.getCallerIdentity().getBody();
            Cases.equal(who.getAccountId(), ACCOUNT);
            Cases.equal(who.getIdentityType(), "RAMUser");
            return who.getArn();
        });

        cases.run("assumes a role", () -> {
            var given = user.assumeRole(role("reader")).getBody().getCredentials();
            var who = client(given.getAccessKeyId(), given.getAccessKeySecret(), given.getSecurityToken()).getCallerIdentity().getBody();
            Cases.equal(who.getArn(), "acs:ram::" + ACCOUNT + ":assumed-role/reader/java");
            return who.getArn() + " until " + given.getExpiration();
        });

        cases.run("reads a refusal as its own error", () -> {
            TeaException error = Cases.refused(TeaException.class, () -> user.assumeRole(role("nobody")));
            Cases.equal(error.getCode(), "EntityNotExist.Role");
            return "TeaException " + error.getCode();
        });

        cases.run("is refused with a wrong secret", () -> {
            TeaException error = Cases.refused(TeaException.class, () -> client(Cases.KEY, Cases.WRONG, null).getCallerIdentity());
            Cases.equal(error.getCode(), "SignatureDoesNotMatch");
            return "TeaException " + error.getCode();
        });
    }
}
