// Words that stand out too little: as a list of what they are and how much they do.
() => {
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const rgba = colour => {
        pen.clearRect(0, 0, 1, 1)
        pen.fillStyle = colour
        pen.fillRect(0, 0, 1, 1)
        return [...pen.getImageData(0, 0, 1, 1).data]
    }
    const light = colour => {
        const [r, g, b] = colour.map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor
            if (rgba(colour)[3] === 255) return colour
        }
        return getComputedStyle(document.documentElement).colorScheme.includes('dark')
            && matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff'
    }
    return [...document.querySelectorAll('body *')]
        .filter(each => each.checkVisibility({ visibilityProperty: true, opacityProperty: true })
            && !each.matches(':disabled, :disabled *, option, script, style')
            && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .flatMap(each => {
            const ink = getComputedStyle(each).color
            const paper = behind(each)
            const [low, high] = [light(rgba(ink)), light(rgba(paper))].sort((a, b) => a - b)
            const ratio = (high + 0.05) / (low + 0.05)
            return ratio >= 4.5 ? []
                : [`contrast ${ratio.toFixed(2)}: ${ink} on ${paper}: ${each.outerHTML}`]
        })
}
