"""Draws the table of bench/run as an SVG: a bar for each benchmark, 1.0 is native."""
from xml.sax.saxutils import escape

LABEL, WIDTH, ROW, LIMIT = 170, 480, 18, 3.0
COLOURS = {"CPU": "#4878a8", "Debian": "#6a9f58", "system": "#a87848", "spawn": "#a89848", "first run": "#a05878", "scaling": "#589898", "start": "#8868a8"}


def draw(rows, facts, path):
    """`rows`: (group, name, ratio)."""
    scale = WIDTH / LIMIT
    height = ROW * (len(rows) + 3)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + WIDTH + 60}" height="{height}" font-family="sans-serif" font-size="11">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="4" y="13">time in the enclave / native Linux; {escape(facts)}</text>']
    for n, (group, name, ratio) in enumerate(rows):
        top = ROW * (n + 1) + 4
        bar = min(ratio, LIMIT) * scale
        parts.append(f'<text x="{LABEL - 6}" y="{top + 12}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{top}" width="{bar:.1f}" height="{ROW - 4}" fill="{COLOURS[group]}"/>')
        parts.append(f'<text x="{LABEL + bar + 4:.1f}" y="{top + 12}">{ratio:.2f}</text>')
    native = LABEL + scale
    bottom = ROW * (len(rows) + 1) + 4
    parts.append(f'<line x1="{native}" y1="{ROW}" x2="{native}" y2="{bottom}" stroke="#c03030" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{native}" y="{bottom + 14}" text-anchor="middle" fill="#c03030">native</text></svg>')
    path.write_text("\n".join(parts) + "\n")
