const prompt = "{{prompt}}";

export default function App() {
  return <h1 title={prompt}>{{title}}</h1>;
}
