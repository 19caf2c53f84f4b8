import com.google.gson.GsonBuilder;
import com.google.gson.Gson;
import java.io.File;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Prints one JSON line for each case: whether its assertions held, and what was seen. */
final class Cases {
    static final String KEY = System.getenv("ACCESS_KEY_ID");
    static final String SECRET = System.getenv("ACCESS_KEY_SECRET");
    static final String WRONG = "guessed";
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private final String service;
    private final String client;
    private final String version;

    interface Case {
        /** What was seen. */
        String run() throws Exception;
    }

    interface Call {
        void run() throws Exception;
    }

    interface Look<T> {
        T run() throws Exception;
    }

    /** `known` is a class of the client: the jar that it came from names the client and its version. */
    Cases(String service, Class<?> known) {
        String jar = new File(known.getProtectionDomain().getCodeSource().getLocation().getPath()).getName().replaceAll("\\.jar$", "");
        int cut = jar.replaceFirst("-(?=\\d)", "\0").indexOf('\0');
        this.service = service;
        this.client = jar.substring(0, cut);
        this.version = jar.substring(cut + 1);
    }

    void run(String name, Case body) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("client", client);
        line.put("version", version);
        line.put("service", service);
        line.put("case", name);
        try {
            String detail = body.run();
            line.put("ok", true);
            line.put("detail", detail);
        } catch (Throwable error) {
            line.put("ok", false);
            line.put("detail", cut(error.getClass().getSimpleName() + ": " + error.getMessage()));
        }
        OUT.println(GSON.toJson(line));
    }

    static String env(String name) {
        return Objects.requireNonNull(System.getenv(name), name + " is not set");
    }

    static void check(boolean condition, Object otherwise) {
        if (!condition) throw new AssertionError(String.valueOf(otherwise));
    }

    static void equal(Object found, Object wanted) {
        check(Objects.equals(found, wanted), found + " instead of " + wanted);
    }

    /** The error that the call must end in. */
    static <E extends Exception> E refused(Class<E> type, Call call) throws Exception {
        try {
            call.run();
        } catch (Exception error) {
            if (type.isInstance(error)) return type.cast(error);
            throw error;
        }
        throw new AssertionError("no " + type.getSimpleName() + ": the call succeeded");
    }

    /** What `look` finds, asked again until it finds something. */
    static <T> T until(Look<T> look) throws Exception {
        for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end; Thread.sleep(100)) {
            T found = look.run();
            if (found != null && !Boolean.FALSE.equals(found)) return found;
        }
        throw new AssertionError("nothing within 30 s");
    }

    static String text(InputStream stream) throws Exception {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static List<String> oddKeys() {
        return new ArrayList<>(List.of(GSON.fromJson(env("ODD_KEYS"), String[].class)));
    }

    static Jdbc.Attempt[] attempts() {
        return GSON.fromJson(env("ATTEMPTS"), Jdbc.Attempt[].class);
    }

    /** An error with what caused it, innermost last. */
    static String causes(Throwable error) {
        StringBuilder words = new StringBuilder();
        for (Throwable one = error; one != null; one = one.getCause() == one ? null : one.getCause()) {
            words.append(words.isEmpty() ? "" : " ← ").append(one.getClass().getSimpleName()).append(": ").append(one.getMessage());
        }
        return words.toString();
    }

    static Map<?, ?> json(String text) {
        return GSON.fromJson(text, Map.class);
    }

    private static String cut(String text) {
        return text.length() > 2000 ? text.substring(0, 2000) : text;
    }
}
