package axspa;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The official validator, offline: reads one file and writes another, both NDJSON. A line {content} is a conformance
 * resource to know; a line {id, text, profile?} is one to judge, as it was sent and byte by byte. What is to be thought
 * of the issues is for the caller to say.
 */
public final class Validate {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private record Line(String content, String id, String text, String profile) {}

  private record Issue(String severity, String at, String message) {}

  private Validate() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) throw new IllegalArgumentException("needs two files: what to judge, and the verdicts");
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.ERROR);
    FhirContext context = FhirContext.forR4();
    ValidateContent content = new ValidateContent(context);
    List<Line> lines =
        Files.readAllLines(Path.of(arguments[0])).stream().map(line -> GSON.fromJson(line, Line.class)).toList();
    IParser parser = context.newJsonParser();
    lines.stream()
        .filter(line -> line.content() != null)
        .forEach(line -> content.addResource(parser.parseResource(line.content())));
    FhirValidator validator = context.newValidator().registerValidatorModule(content.toModule());
    List<String> verdicts =
        lines.parallelStream().filter(line -> line.id() != null).map(line -> judge(validator, line)).toList();
    Files.write(Path.of(arguments[1]), verdicts);
  }

  private static String judge(FhirValidator validator, Line line) {
    ValidationOptions options = new ValidationOptions();
    if (line.profile() != null) options.addProfile(line.profile());
    return GSON.toJson(Map.of("id", line.id(), "issues", issuesOf(validator, line.text(), options)));
  }

  /** A validator that fails has no verdict, and says so where its verdict would be. */
  private static List<Issue> issuesOf(FhirValidator validator, String text, ValidationOptions options) {
    try {
      return validator.validateWithResult(text, options).getMessages().stream().map(Validate::toIssue).toList();
    } catch (RuntimeException error) {
      return List.of(new Issue("fatal", "", "The validator failed: " + error.getMessage()));
    }
  }

  private static Issue toIssue(SingleValidationMessage message) {
    return new Issue(message.getSeverity().getCode(), message.getLocationString(), message.getMessage());
  }
}
